import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml';
import { messageOf } from '../errors/titan-error.js';
import { emptyTree, type Tree, treeOf } from './tree.js';

/** A file that cannot be used as configuration. */
export class FileFault extends Error {
  constructor(
    message: string,
    readonly line?: number,
    readonly missing = false,
  ) {
    super(message);
  }
}

/**
 * Reads a configuration file; its extension says how: `.yaml`, `.yml`, `.json`, `.toml`, or a module with a default export.
 *
 * @param path as it was given; shown as the origin of each value
 * @param base folder that a relative path starts from
 * @param version of a module, so that a changed one is loaded anew
 * @throws FileFault when it is missing, unreadable or not what its extension says
 */
export async function readConfigFile(path: string, base: string, version: number): Promise<Tree> {
  const file = resolve(base, path);
  const extension = extname(file).toLowerCase();
  if (/^\.[cm]?[jt]s$/.test(extension)) return treeOf(await loadModule(file, version), path);
  const reader = readers[extension];
  if (!reader)
    throw new FileFault(`'${extension}' is no kind of configuration (known: ${Object.keys(readers).join(', ')}, .js, .ts)`);
  return reader(await textOf(file), path);
}

async function textOf(file: string): Promise<string> {
  try {
    // Editors on Windows begin files with a byte-order mark.
    return (await readFile(file, 'utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new FileFault(code === 'ENOENT' ? 'no such file' : `cannot be read (${code})`, undefined, code === 'ENOENT');
  }
}

const readers: Record<string, (text: string, path: string) => Tree | Promise<Tree>> = {
  '.yaml': readYaml,
  '.yml': readYaml,
  '.json': readJson,
  '.toml': readToml,
};

function readYaml(text: string, path: string): Tree {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const [error] = document.errors;
  if (error) throw new FileFault(`is not YAML: ${error.message}`, lines.linePos(error.pos[0]).line);
  const seen = new Set<Node>();
  const walk = (node: unknown): Tree => {
    const at = node as Node | null;
    const origin = { source: path, line: at?.range ? lines.linePos(at.range[0]).line : undefined };
    if (isAlias(at)) {
      const target = at.resolve(document);
      if (!target || seen.has(target)) throw new FileFault('an alias refers to itself or to nothing', origin.line);
      seen.add(target);
      const tree = walk(target);
      seen.delete(target);
      return tree;
    }
    if (isSeq(at)) return { kind: 'list', items: at.items.map(walk), origin };
    if (isMap(at)) {
      const children = new Map<string, Tree>();
      for (const { key, value } of at.items) {
        const name = isScalar(key) ? String(key.value) : String(key);
        const child = walk(value);
        // `<<: *defaults` brings keys that others replace.
        const merged = isScalar(key) && (key.value === '<<' || typeof key.value === 'symbol');
        if (merged && child.kind === 'branch')
          for (const [each, tree] of child.children) if (!children.has(each)) children.set(each, tree);
        if (!merged) children.set(name, value === null ? { kind: 'leaf', value: null, origin } : child);
      }
      return { kind: 'branch', children, origin };
    }
    if (!isScalar(at)) return { kind: 'leaf', value: null, origin };
    // Plain text only: what is quoted is text on purpose.
    const text = at.type === 'PLAIN' && typeof at.value !== 'string' && at.value !== null ? at.source : undefined;
    return { kind: 'leaf', value: at.value, text, origin };
  };
  return document.contents === null ? emptyTree(path) : walk(document.contents);
}

function readJson(text: string, path: string): Tree {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new FileFault('is not JSON', faultyLine(text, messageOf(error)));
  }
  // JSON is YAML, whose reader knows lines; numbers and text stay what JSON says they are.
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (keys: readonly string[]) => {
    const node = document.getIn(keys, true) as Node | undefined;
    return node?.range ? lines.linePos(node.range[0]).line : undefined;
  };
  return treeOf(value, path, lineOf);
}

/** The line on which text stops being JSON: the engine tells the position, or it is the first word that JSON does not have. */
function faultyLine(text: string, message: string): number | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  let at = /position (\d+)/.exec(message)?.[1] ?? document.errors[0]?.pos[0];
  visit(document, {
    Scalar(_, { type, range, source = '' }) {
      if (type === 'QUOTE_DOUBLE' || /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?)$/i.test(source)) return;
      at ??= range?.[0];
    },
  });
  return at === undefined ? undefined : lines.linePos(Number(at)).line;
}

async function readToml(text: string, path: string): Promise<Tree> {
  const { parse } = await import('smol-toml').catch(() => {
    throw new FileFault('needs the package smol-toml, which is not installed');
  });
  try {
    const lines = tomlLines(text);
    return treeOf(parse(text), path, (keys) => lines.get(keys.join('.')));
  } catch (error) {
    const { line } = error as { line?: number };
    throw new FileFault('is not TOML', line);
  }
}

/** Lines of the keys of a TOML file, by dotted path. */
function tomlLines(text: string): Map<string, number> {
  const lines = new Map<string, number>();
  const clean = (key: string) => key.replace(/["'\s]/g, '');
  let table = '';
  for (const [index, line] of text.split('\n').entries()) {
    const header = /^\s*\[+([^\]]+)\]+/.exec(line)?.[1];
    const key = /^\s*([\w."' -]+?)\s*=/.exec(line)?.[1];
    if (header !== undefined) table = clean(header);
    const path = header !== undefined ? table : key !== undefined ? [table, clean(key)].filter(Boolean).join('.') : undefined;
    if (path !== undefined && !lines.has(path)) lines.set(path, index + 1);
  }
  return lines;
}

async function loadModule(file: string, version: number): Promise<unknown> {
  await textOf(file);
  let loaded: { default?: unknown };
  try {
    const url = pathToFileURL(file);
    if (version > 0) url.searchParams.set('v', String(version));
    loaded = await import(/* @vite-ignore */ url.href);
  } catch (error) {
    const unknown = (error as NodeJS.ErrnoException).code === 'ERR_UNKNOWN_FILE_EXTENSION';
    throw new FileFault(
      unknown
        ? 'this runtime does not load TypeScript: use Node 22.18 or newer, a loader such as tsx, or compile it'
        : `fails: ${messageOf(error)}`,
    );
  }
  if (!('default' in loaded)) throw new FileFault('has no default export');
  return typeof loaded.default === 'function' ? await loaded.default() : loaded.default;
}
