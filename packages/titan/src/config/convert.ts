import { keysOf, step, typesOf } from '../schema/json-schema.js';
import type { JsonSchema } from '../schema/schema.js';
import type { Leaf, Tree } from './tree.js';

/**
 * Converts the value of a tree for a schema: a string becomes a number, a boolean or a list only if the JSON Schema expects
 * that, and stays a string otherwise (`00123`). Values that cannot be converted stay as they are; the schema then refuses
 * them.
 */
export function toValue(tree: Tree, schema: JsonSchema | undefined, root: JsonSchema | undefined = schema): unknown {
  if (tree.kind === 'list') return tree.items.map((item, index) => toValue(item, step(schema, index, root), root));
  if (tree.kind === 'leaf') return leafValue(tree, schema, root);
  const result: Record<string, unknown> = {};
  for (const [key, child] of tree.children) {
    // A key named __proto__ has to become a key, too.
    Object.defineProperty(result, key, {
      value: toValue(child, step(schema, key, root), root),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return result;
}

function leafValue({ value, text }: Leaf, schema: JsonSchema | undefined, root: JsonSchema | undefined): unknown {
  if (text === undefined) return value;
  const types = typesOf(schema, root);
  // A boolean word is a boolean even if a string is allowed.
  if (types.has('boolean') && /^(?:true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  if (types.has('string')) return text;
  const wanted = types.has('number') || types.has('integer');
  if (wanted && typeof value !== 'number' && /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text.trim())) return Number(text);
  if (typeof value !== 'string') return !wanted && typeof value === 'number' && /^[+-]?0\d/.test(text) ? text : value;
  if (types.has('null') && text === '') return null;
  if ((types.has('object') || types.has('array')) && /^\s*[[{]/.test(text)) return parsed(text, schema, root);
  if (types.has('array'))
    return items(text).map((item, index) => leafValue({ ...leaf, value: item, text: item }, step(schema, index, root), root));
  return value;
}

const leaf = { kind: 'leaf', origin: { source: '' } } as const;
const items = (text: string) => (text.trim() === '' ? [] : text.split(',').map((item) => item.trim()));

/** Parses JSON in a variable or an argument; other text stays a string. */
function parsed(text: string, schema: JsonSchema | undefined, root: JsonSchema | undefined): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return typesOf(schema, root).has('array') && !text.trim().startsWith('{') ? items(text) : text;
  }
}

const plain = (key: string) => key.replace(/[_-]/g, '').toLowerCase();
const camel = (key: string) =>
  key.toLowerCase().replace(/(?<=[a-z\d])[_-]+([a-z\d])/g, (_, letter: string) => letter.toUpperCase());

/**
 * Returns the path for the segments of a variable or an argument: `['DB', 'MAX_SIZE']` is `['db', 'maxSize']` if the schema,
 * or the earlier configuration, has such keys.
 *
 * @returns `known` if every key is in the schema or in the earlier configuration
 */
export function resolvePath(
  segments: readonly string[],
  schema: JsonSchema | undefined,
  below: Tree | undefined,
): { path: string[]; known: boolean } {
  let at = schema;
  let tree = below;
  let known = true;
  const path = segments.map((segment) => {
    const names = [...keysOf(at, schema), ...(tree?.kind === 'branch' ? tree.children.keys() : [])];
    const found = names.find((name) => name === segment) ?? names.find((name) => plain(name) === plain(segment));
    if (found === undefined && !step(at, segment, schema)) known = false;
    const key = found ?? camel(segment);
    at = step(at, key, schema);
    tree = tree?.kind === 'branch' ? tree.children.get(key) : undefined;
    return key;
  });
  return { path, known };
}
