import { type OptionNames, thrownText, unknownOption } from '@omnitron-dev/netron';
import { checkFlag, refuse } from '../errors/check-options.js';
import { step, typesOf } from '../schema/json-schema.js';
import type { JsonSchema } from '../schema/schema.js';
import { resolvePath } from './convert.js';
import { FileFault } from './file-fault.js';
import type { Problem } from './problems.js';
import { readConfigFile } from './read-file.js';
import { emptyTree, find, isRecord, type Leaf, merge, place, type Tree, treeOf } from './tree.js';

/** A source of configuration. In a list, later sources override earlier ones. */
export type ConfigSource =
  | {
      /** `.yaml`, `.yml`, `.json`, `.toml` (needs `smol-toml`), or a module with a default export. */
      readonly type: 'file';
      /** Relative to the application's root. */
      readonly path: string;
      /** Default `false`: a missing file is an error. */
      readonly optional?: boolean;
    }
  | {
      /** Environment variables: `APP_DB__MAX_SIZE` is `db.maxSize`; `__` nests. */
      readonly type: 'env';
      /** Prefix of the variables, removed from the keys. Without one, only variables of keys in the schema are read. */
      readonly prefix?: string;
      /** Default `process.env`. */
      readonly env?: Readonly<Record<string, string | undefined>>;
    }
  | {
      /** Arguments of the program: `--db.port=5432`, `--db.port 5432`, `--verbose`, `--no-verbose`. */
      readonly type: 'args';
      /** Default: those of the process. */
      readonly args?: readonly string[];
    }
  | {
      readonly type: 'object';
      readonly value: object;
      /** Name of the source in errors and explanations. Default `object`. */
      readonly name?: string;
    };

/** Settings for reading sources. */
export interface ReadContext {
  /** Base folder of relative paths. */
  readonly base: string;
  /** Path of the values in these sources, such as `netron`; empty for the whole configuration. */
  readonly at: readonly string[];
  /** JSON Schema of the value at that path. */
  readonly schema: JsonSchema | undefined;
  /** Number of reads of a file. */
  readonly version: number;
}

/** Reads sources in order; each overrides the earlier ones. Continues after a failure. */
export async function readSources(
  sources: readonly ConfigSource[],
  context: ReadContext,
): Promise<{ tree: Tree; problems: Problem[] }> {
  const problems: Problem[] = [];
  let tree: Tree = emptyTree();
  for (const source of sources) {
    try {
      const read = await readSource(source, context, tree);
      if (read.kind === 'branch') tree = merge(tree, unwrap(read, context.at));
      else problems.push({ key: '', text: 'expected an object', where: labelOf(source) });
    } catch (error) {
      if (error instanceof FileFault && error.missing && source.type === 'file' && source.optional) continue;
      const line = error instanceof FileFault && error.line ? `:${error.line}` : '';
      problems.push({ key: `${labelOf(source)}${line}`, text: thrownText(error), where: '' });
    }
  }
  return { tree, problems };
}

const expectedSource = "a source, such as { type: 'file', path: 'app.yaml' }";

/**
 * Throws unless the value is a list of sources.
 *
 * @throws TitanError `invalid_use`
 */
export function checkSources(where: string, given: unknown): void {
  if (!Array.isArray(given)) refuse(where, `an array of sources, such as [{ type: 'file', path: 'app.yaml' }]`, given);
  for (const [index, source] of given.entries()) {
    const at = `${where}[${index}]`;
    if (!isRecord(source)) refuse(at, expectedSource, source);
    const { type, path, value, env, args, prefix } = source;
    if (type === 'file' && (typeof path !== 'string' || path === '')) refuse(`${at}.path`, 'a file path', path);
    if (type === 'object' && !isRecord(value)) refuse(`${at}.value`, 'an object', value);
    if (env !== undefined && (typeof env !== 'object' || env === null))
      refuse(`${at}.env`, 'an object of environment variables', env);
    if (prefix !== undefined && typeof prefix !== 'string') refuse(`${at}.prefix`, 'a string', prefix);
    if (args !== undefined && !Array.isArray(args)) refuse(`${at}.args`, 'an array of strings', args);
    checkFlag(`${at}.optional`, source.optional);
  }
}

/** Throws unless the value is configuration in code. @throws TitanError `invalid_use`, which explains where files go */
export function checkCode(where: string, given: unknown): void {
  if (given === undefined || isRecord(given)) return;
  const hint = typeof given === 'string' || Array.isArray(given) ? " (for files and variables use the option 'sources')" : '';
  refuse(where, `an object, such as { netron: { port: 8080 } }${hint}`, given);
}

type NamesOf<T extends ConfigSource['type']> = OptionNames<Extract<ConfigSource, { readonly type: T }>>;

const names: { readonly [T in ConfigSource['type']]: NamesOf<T> } = {
  args: { args: true, type: true },
  env: { env: true, prefix: true, type: true },
  file: { optional: true, path: true, type: true },
  object: { name: true, type: true, value: true },
};

async function readSource(source: ConfigSource, { base, schema, version }: ReadContext, below: Tree): Promise<Tree> {
  const { type } = source;
  if (!Object.hasOwn(names, type))
    throw new TypeError(`unknown configuration source '${String(type)}', expected one of ${Object.keys(names).join(', ')}`);
  const fault = unknownOption(source, names[type]);
  if (fault !== undefined) throw new TypeError(fault);
  switch (source.type) {
    case 'file':
      return readConfigFile(source.path, base, version);
    case 'object':
      return treeOf(source.value, labelOf(source));
    case 'env':
      return readEnvironment(source.env ?? process.env, source.prefix ?? '', schema, below);
    case 'args':
      return readArguments(source.args ?? process.argv.slice(2), schema, below);
  }
}

/** Returns the name of a source. */
export function labelOf(source: ConfigSource): string {
  if (source.type === 'file') return source.path;
  if (source.type === 'env') return source.prefix ? `env ${source.prefix}*` : 'env';
  return source.type === 'args' ? 'arguments' : (source.name ?? 'object');
}

/** Returns the place of a key in a source: `env APP_DB__URL`. */
export function placeOf(source: ConfigSource, path: readonly PropertyKey[]): string | undefined {
  if (source.type === 'file') return source.path;
  if (source.type === 'args') return `--${path.map(String).join('.')}`;
  if (source.type === 'object') return undefined;
  const name = path.map((part) =>
    String(part)
      .replace(/([a-z\d])([A-Z])/g, '$1_$2')
      .toUpperCase(),
  );
  return `env ${source.prefix ?? ''}${name.join('__')}`;
}

/** Returns the values of a file of one section, which may be below the section's name, or at the top level. */
function unwrap(tree: Tree, at: readonly string[]): Tree {
  let inner: Tree = tree;
  for (const key of at) {
    if (inner.kind !== 'branch' || inner.children.size !== 1) return tree;
    const child = inner.children.get(key);
    if (child?.kind !== 'branch') return tree;
    inner = child;
  }
  return inner;
}

const textLeaf = (text: string, source: string): Leaf => ({ kind: 'leaf', value: text, text, origin: { source } });
const flagLeaf = (value: boolean, source: string): Leaf => ({ kind: 'leaf', value, flag: true, origin: { source } });

function readEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  prefix: string,
  schema: JsonSchema | undefined,
  below: Tree,
): Tree {
  let tree: Tree = emptyTree();
  for (const name of Object.keys(env).sort()) {
    const text = env[name];
    if (text === undefined || !name.startsWith(prefix) || name.length === prefix.length) continue;
    const segments = name.slice(prefix.length).split('__');
    if (segments.some((segment) => segment === '')) continue;
    const { path, known } = resolvePath(segments, schema, below);
    // Platforms set variables of their own: unknown ones are not errors.
    if (!known && (prefix === '' || schema !== undefined)) continue;
    if (prefix === '' && !takesText(path, text, schema)) continue;
    tree = withLeaf(tree, path, textLeaf(text, `env ${name}`));
  }
  return tree;
}

/** Whether a variable may set a key: for a key that holds other keys, `USER=root` is unrelated; JSON is not. */
function takesText(path: readonly string[], text: string, schema: JsonSchema | undefined): boolean {
  const at = path.reduce<JsonSchema | undefined>((inner, key) => step(inner, key, schema), schema);
  const types = [...typesOf(at, schema)];
  return types.length === 0 || types.some((type) => type !== 'object') || /^\s*\{/.test(text);
}

/**
 * Adds a value to the values of the same source.
 *
 * @throws TypeError if a key has both a value and keys below it: one of them would be lost
 */
function withLeaf(tree: Tree, path: readonly string[], leaf: Leaf): Tree {
  const above = path.map((_, index) => find(tree, path.slice(0, index))).find((each) => each?.kind === 'leaf');
  const other = above ?? find(tree, path);
  if (other !== undefined && (above !== undefined || other.kind === 'branch'))
    throw new TypeError(`${nameIn(leaf)} and ${nameIn(other)} conflict: one sets a value, the other sets keys below it`);
  return merge(tree, place(leaf, path));
}

const nameIn = ({ origin }: Tree): string => origin.source.replace(/^(?:env|argument) /, '');

function readArguments(args: readonly string[], schema: JsonSchema | undefined, below: Tree): Tree {
  let tree: Tree = emptyTree();
  for (let index = 0; index < args.length; index++) {
    const argument = args[index]!;
    if (argument === '--') break;
    const [, no, name, , given] = /^--(no-)?([A-Za-z_][\w.-]*)(=([\s\S]*))?$/.exec(argument) ?? [];
    if (name === undefined) continue;
    const next = args[index + 1];
    let text = given;
    if (given === undefined && !no && next !== undefined && !next.startsWith('--')) {
      text = next;
      index++;
    }
    const { path } = resolvePath(name.split('.'), schema, below);
    const source = `argument --${no ?? ''}${name}`;
    tree = withLeaf(tree, path, text === undefined ? flagLeaf(no === undefined, source) : textLeaf(text, source));
  }
  return tree;
}
