import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A code block of a document. */
export interface Snippet {
  /** `ts`, `tsx`, `js`, `jsx`, `mts`, `mjs`. */
  readonly language: string;
  /** The text between the fences, without the indentation of the opening fence. */
  readonly code: string;
  /** What the info string says after the language: `run`, `check`, `file="server.ts"`. A bare word has the value `true`. */
  readonly info: Readonly<Record<string, string | true>>;
  /** The nearest heading above, without its number signs; empty above the first. */
  readonly heading: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  /** The document, as a path from the root of the repository. */
  readonly document: string;
}

const languages = new Map([
  ['ts', 'ts'],
  ['typescript', 'ts'],
  ['tsx', 'tsx'],
  ['mts', 'mts'],
  ['js', 'js'],
  ['javascript', 'js'],
  ['jsx', 'jsx'],
  ['mjs', 'mjs'],
]);

/**
 * Reads the TypeScript and JavaScript blocks of a Markdown file, in order. What their info strings mean is written in
 * CONTRIBUTING.md.
 *
 * @param markdownFile path, absolute or from the root of the repository
 * @throws Error when the file cannot be read or a fence is not closed
 */
export function extractSnippets(markdownFile: string): Snippet[] {
  const path = resolve(root, markdownFile);
  const document = relative(root, path).replaceAll('\\', '/');
  const snippets: Snippet[] = [];
  let heading = '';
  let open: { fence: string; indent: number; info: string; line: number; lines: string[] } | undefined;
  for (const [index, text] of readFileSync(path, 'utf8').split(/\r?\n/).entries()) {
    const [, indent = '', fence = '', info = ''] = /^( *)(`{3,}|~{3,})\s*(.*)$/.exec(text) ?? [];
    if (open === undefined) {
      if (fence !== '') open = { fence, indent: indent.length, info, line: index + 1, lines: [] };
      else heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(text)?.[1] ?? heading;
    } else if (fence.startsWith(open.fence) && info === '') {
      const [word = ''] = open.info.split(/[\s{,]/);
      const language = languages.get(word.toLowerCase());
      if (language !== undefined) {
        const code = `${open.lines.join('\n')}\n`;
        snippets.push({ language, code, info: parseInfo(open.info.slice(word.length)), heading, line: open.line, document });
      }
      open = undefined;
    } else {
      open.lines.push(text.slice(Math.min(open.indent, text.search(/\S|$/))));
    }
  }
  if (open !== undefined) throw new Error(`${document}:${open.line}: this code block has no end`);
  return snippets;
}

function parseInfo(text: string): Record<string, string | true> {
  const info: Record<string, string | true> = {};
  for (const [, name = '', quoted, bare] of text.matchAll(/([\w-]+)(?:=(?:"([^"]*)"|([^\s,}]+)))?/g)) {
    info[name] = quoted ?? bare ?? true;
  }
  return info;
}

/** The files that blocks of a document make, and how to run them. */
export interface SnippetFolder {
  /** Absolute path. Below the repository, so that its packages resolve as for a user. */
  readonly path: string;
  /** Names of the files with their text, in the order in which the document begins them. */
  readonly files: ReadonlyMap<string, string>;
  /** Names of those marked `run`. */
  readonly runnable: readonly string[];
}

/**
 * Writes the blocks marked `run`, `check` or `file` to a folder of their own. Blocks with the same `file` follow each
 * other in it, so that a document can show a file piece by piece; a block without `file` is a file by itself.
 *
 * @param snippets of one document
 * @param purpose keeps the folders of different users apart: files of an earlier call with the same document and
 *   purpose are removed
 */
export async function writeSnippets(snippets: readonly Snippet[], purpose = 'test'): Promise<SnippetFolder> {
  const name = (snippets[0]?.document ?? 'none').replace(/[^\w.-]+/g, '_');
  const path = join(root, '.cache', 'snippets', purpose, name);
  const contents = new Map<string, string>();
  const runnable = new Set<string>();
  for (const { language, code, info, line, document } of snippets) {
    if (info.run === undefined && info.check === undefined && info.file === undefined) continue;
    const file = typeof info.file === 'string' ? info.file : `line-${line}.${language}`;
    if (basename(file) !== file) throw new Error(`${document}:${line}: file="${file}" is not a plain name`);
    contents.set(file, (contents.get(file) ?? '') + code);
    if (info.run !== undefined) runnable.add(file);
  }
  await rm(path, { recursive: true, force: true });
  if (contents.size > 0) await mkdir(path, { recursive: true });
  for (const [file, code] of contents) {
    // Without an import or export it would be a script, and top-level await an error.
    await writeFile(join(path, file), /^(?:import|export)\b/m.test(code) ? code : `${code}export {};\n`);
  }
  return { path, files: contents, runnable: [...runnable] };
}

/**
 * What a block says that it prints: the texts after `// → `, in order.
 *
 * @example `console.log(1 + 1); // → 2` gives `['2']`
 */
export function expectedOutput(code: string): string[] {
  return [...code.matchAll(/\/\/ → ?(.*)$/gm)].map(([, text = '']) => text.trimEnd());
}

/**
 * Runs a file written by `writeSnippets` in this process, by the test runner's own transforms.
 *
 * @returns what it wrote with `console.log` until its top-level code ended, one entry per line
 * @throws what the file throws
 */
export async function runSnippet(folder: SnippetFolder, file: string): Promise<string[]> {
  const lines: string[] = [];
  const { log } = console;
  console.log = (...values: unknown[]) => {
    lines.push(...values.map(String).join(' ').split('\n'));
  };
  try {
    await import(/* @vite-ignore */ pathToFileURL(join(folder.path, file)).href);
  } finally {
    console.log = log;
  }
  return lines;
}
