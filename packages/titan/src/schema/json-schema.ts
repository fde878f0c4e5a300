import type { JsonSchema } from './schema.js';

/** Returns the alternatives that a JSON Schema allows for one value, with references resolved; the schema itself if it has none. */
export function alternatives(schema: JsonSchema | undefined, root: JsonSchema | undefined, depth = 0): JsonSchema[] {
  if (typeof schema !== 'object' || schema === null || depth > 20) return [];
  const { $ref, anyOf, oneOf, allOf } = schema as { $ref?: unknown; anyOf?: unknown; oneOf?: unknown; allOf?: unknown };
  if (typeof $ref === 'string') return alternatives(lookUp($ref, root), root, depth + 1);
  const lists = [anyOf, oneOf, allOf].filter(Array.isArray) as JsonSchema[][];
  if (lists.length === 0) return [schema];
  return lists.flat().flatMap((each) => alternatives(each, root, depth + 1));
}

/** Follows a reference inside of one document, such as `#/$defs/user`. */
function lookUp(reference: string, root: JsonSchema | undefined): JsonSchema | undefined {
  if (!reference.startsWith('#')) return undefined;
  let at: unknown = root;
  for (const part of reference.slice(1).split('/').filter(Boolean)) {
    const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
    at = typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? (at as Record<string, unknown>)[key] : undefined;
  }
  return at as JsonSchema | undefined;
}

/** Returns the parts of a JSON Schema that describe one key of an object or one item of a list, one for each alternative that has such a part. */
export function steps(schema: JsonSchema | undefined, key: string | number, root: JsonSchema | undefined): JsonSchema[] {
  return alternatives(schema, root).flatMap((each): JsonSchema[] => {
    const { properties, additionalProperties, items, prefixItems } = each as {
      properties?: Record<string, JsonSchema>;
      additionalProperties?: unknown;
      items?: unknown;
      prefixItems?: JsonSchema[];
    };
    const part =
      typeof key === 'number'
        ? (prefixItems?.[key] ?? items)
        : properties && Object.hasOwn(properties, key)
          ? properties[key]
          : additionalProperties;
    return typeof part === 'object' && part !== null ? [part as JsonSchema] : [];
  });
}

/** Returns the first of `steps`; `undefined` if there is none. */
export const step = (
  schema: JsonSchema | undefined,
  key: string | number,
  root: JsonSchema | undefined,
): JsonSchema | undefined => steps(schema, key, root)[0];

/** Returns the keys that a JSON Schema names for an object, over all alternatives. */
export function keysOf(schema: JsonSchema | undefined, root: JsonSchema | undefined): string[] {
  return alternatives(schema, root).flatMap(({ properties }) => Object.keys((properties as object | undefined) ?? {}));
}

/** Returns whether an object may have keys that the JSON Schema does not name. */
export function isOpen(schema: JsonSchema | undefined, root: JsonSchema | undefined): boolean {
  const all = alternatives(schema, root).filter(({ type, properties }) => type === 'object' || properties);
  return (
    !all.length ||
    all.some(({ properties, additionalProperties, patternProperties }) => {
      return (
        !properties || (additionalProperties !== undefined && additionalProperties !== false) || patternProperties !== undefined
      );
    })
  );
}

/** Returns the types that a JSON Schema allows: `string`, `number`, `integer`, `boolean`, `object`, `array`, `null`. */
export function typesOf(schema: JsonSchema | undefined, root: JsonSchema | undefined): Set<string> {
  const types = new Set<string>();
  for (const { type, enum: values, const: value } of alternatives(schema, root)) {
    for (const each of [type].flat()) if (typeof each === 'string') types.add(each);
    if (type !== undefined) continue;
    for (const each of Array.isArray(values) ? values : value === undefined ? [] : [value])
      types.add(each === null ? 'null' : typeof each);
  }
  return types;
}

/** Returns the values that a JSON Schema lists for one type; empty if all are allowed. */
export function allowedOf(schema: JsonSchema | undefined, root: JsonSchema | undefined, type: string): unknown[] {
  const parts = alternatives(schema, root).filter((part) => part.type === undefined || [part.type].flat().includes(type));
  return parts.every((part) => Array.isArray(part.enum)) ? parts.flatMap((part) => part.enum as unknown[]) : [];
}

/** Returns the JSON Schema type of a value. */
export function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}
