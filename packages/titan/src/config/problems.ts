import { nearestName } from '@omnitron-dev/netron';
import { TitanError } from '../errors/titan-error.js';
import { allowedOf, isOpen, keysOf, step, typeOf, typesOf } from '../schema/json-schema.js';
import type { JsonSchema, Schema, SchemaIssue } from '../schema/schema.js';
import { type Validated, validatorOf } from '../schema/validator.js';
import { withoutValue } from '../schema/without-value.js';
import { type ConfigSource, placeOf } from './sources.js';
import { find, split, type Tree } from './tree.js';

/** A problem of the configuration. Never contains a value. */
export interface Problem {
  /** The key, or the file that cannot be used. */
  readonly key: string;
  /** Message for people, with the expected and the actual type. */
  readonly text: string;
  /** The file and line, variable or argument; for a missing key, the places searched. */
  readonly where: string;
}

/** All problems of the configuration, in one error. */
export class ConfigError extends TitanError {
  override name = 'ConfigError';

  constructor(readonly problems: readonly Problem[]) {
    const lines = problems.map(
      ({ key, text, where }) => `  ${[key, text].filter(Boolean).join(' ')}${where ? `; ${where}` : ''}`,
    );
    const count = `${problems.length} problem${problems.length === 1 ? '' : 's'}`;
    super('invalid_config', [`invalid configuration (${count})`, ...lines].join('\n'));
  }
}

const words: Record<string, string> = {
  string: 'a string',
  array: 'an array',
  object: 'an object',
  null: 'null',
  boolean: 'a boolean',
  number: 'a number',
};
const word = (type: string) => words[type] ?? (type === 'integer' ? 'an integer' : type === 'undefined' ? 'undefined' : type);

/** Returns the type of an unexpected value, without the value. */
function gotten(value: unknown, types: readonly string[]): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return typeof value === 'number' && types.includes('integer') ? 'a number with a fraction' : word(typeOf(value));
}

/** Validates a value with a schema. A schema that throws refuses it; the text of its error may contain the value and is dropped. */
export async function validated(schema: Schema, value: unknown): Promise<Validated> {
  try {
    return await validatorOf(schema)(value);
  } catch {
    return { issues: [{ message: 'cannot be validated: the schema throws' }] };
  }
}

/** Context for the description of issues. */
export interface Checked {
  readonly at: readonly string[];
  readonly tree: Tree | undefined;
  readonly value: unknown;
  readonly schema: JsonSchema | undefined;
  readonly sources: readonly ConfigSource[];
}

/** Describes the issues of a schema by key, expected type and source, without values. */
export function problemsOf(issues: readonly SchemaIssue[], checked: Checked): Problem[] {
  const { at, tree, value, schema, sources } = checked;
  return issues.map((issue) => {
    const path = (issue.path ?? []).map((part) => (typeof part === 'object' ? part.key : part));
    const key = [...at, ...path].map(String).join('.');
    const found = path.reduce<unknown>((inner, part) => (inner as Record<PropertyKey, unknown> | undefined)?.[part], value);
    const node = nearest(tree, path);
    if (found === undefined && !find(tree, path)) {
      // A list, and JSON in a string, come from one source.
      const whole = node !== undefined && (node.kind !== 'branch' || path.some((part) => typeof part === 'number'));
      return { key, text: 'missing', where: whole ? whereOf(node) : lookedFor(sources, [...at, ...path]) };
    }
    const expected = path.reduce<JsonSchema | undefined>(
      (inner, part) => step(inner, typeof part === 'number' ? part : String(part), schema),
      schema,
    );
    const flag = node?.kind === 'leaf' && node.flag === true;
    return { key, text: expectation(issue, found, expected, schema, flag), where: whereOf(node) };
  });
}

function expectation(
  { message }: SchemaIssue,
  value: unknown,
  expected: JsonSchema | undefined,
  root: JsonSchema | undefined,
  flag: boolean,
): string {
  const types = [...typesOf(expected, root)];
  const actual = typeOf(value);
  const fits =
    types.length === 0 || types.includes(actual) || (actual === 'number' && types.includes('integer') && Number.isInteger(value));
  if (!fits) return `expected ${types.map(word).join(' or ')}, got ${flag ? 'no value' : gotten(value, types)}`;
  const allowed = allowedOf(expected, root, actual);
  if (allowed.length > 0 && !allowed.includes(value)) return `expected one of ${allowed.map(String).join(', ')}`;
  return withoutValue(message, value);
}

/** Returns the part at a path, or the nearest one above it: for an item of a list that was one string, that string. */
function nearest(tree: Tree | undefined, path: readonly PropertyKey[]): Tree | undefined {
  let at = tree;
  for (const key of path) {
    const below = find(at, [key]);
    if (!below) break;
    at = below;
  }
  return at;
}

/** Returns the file and line, variable or argument of a part of the configuration. */
export function whereOf(tree: Tree | undefined): string {
  const { source, line } = tree?.origin ?? { source: '' };
  return line === undefined ? source : `${source}:${line}`;
}

function lookedFor(sources: readonly ConfigSource[], path: readonly PropertyKey[]): string {
  const places = sources.map((source) => placeOf(source, path)).filter((each) => each !== undefined);
  return places.length > 0 ? `not in ${[...new Set(places)].join(', ')}` : '';
}

/** Returns unknown keys, each with the nearest known one. Unknown environment variables are not reported. */
export function unknownKeys(
  tree: Tree | undefined,
  schema: JsonSchema | undefined,
  at: readonly string[],
  root = schema,
): Problem[] {
  if (tree?.kind === 'list')
    return tree.items.flatMap((item, index) => unknownKeys(item, step(schema, index, root), [...at, String(index)], root));
  if (tree?.kind !== 'branch' || !schema) return [];
  const known = keysOf(schema, root);
  return [...tree.children].flatMap(([key, child]) => {
    const inner = step(schema, key, root);
    // Schemas that allow any key would silently drop this one.
    if (key !== '__proto__' && (known.includes(key) || isOpen(schema, root)))
      return inner ? unknownKeys(child, inner, [...at, key], root) : [];
    const near = nearestName(key, known);
    return [
      { key: [...at, key].join('.'), text: `is not a known key${near ? `; did you mean ${near}?` : ''}`, where: whereOf(child) },
    ];
  });
}

/** A section that is known. */
interface KnownSection {
  readonly path: string;
  readonly json?: JsonSchema | undefined;
}

/**
 * Returns top-level keys that resemble a missing section and hold one of its keys: they would have no effect. Other keys
 * belong to the program; environment variables are not reported.
 */
export function misspeltSections(tree: Tree, sections: Iterable<KnownSection>): Problem[] {
  if (tree.kind !== 'branch') return [];
  const { children } = tree;
  const known = new Map<string, string[]>();
  for (const { path, json } of sections) {
    const [first, second] = split(path);
    if (first === undefined) continue;
    const inner = second === undefined ? (json ? keysOf(json, json) : []) : [second];
    known.set(first, [...(known.get(first) ?? []), ...inner]);
  }
  const missing = [...known.keys()].filter((name) => !children.has(name));
  return [...children].flatMap(([key, child]): Problem[] => {
    if (known.has(key) || child.kind !== 'branch' || child.origin.source.startsWith('env ')) return [];
    const near = nearestName(key, missing);
    if (near === undefined || !known.get(near)?.some((inner) => child.children.has(inner))) return [];
    return [{ key, text: `is not a known key; did you mean ${near}?`, where: whereOf(child) }];
  });
}
