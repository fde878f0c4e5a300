import { allowedOf, alternatives, isOpen, keysOf, step, typeOf, typesOf } from './json-schema.js';
import type { JsonSchema, Schema, SchemaIssue } from './schema.js';

/**
 * Creates a schema from a JSON Schema, for parts of this package, which depends on no schema library. Supports `type`,
 * `enum`, `properties`, `required`, `additionalProperties`, `items`, `minimum`, `maximum` and alternatives. Values pass as
 * they are.
 */
export function fromJsonSchema<T>(schema: JsonSchema): Schema<T, T> {
  const json = () => schema as Record<string, unknown>;
  const standard = {
    version: 1,
    vendor: 'titan',
    validate(value: unknown) {
      const issues: SchemaIssue[] = [];
      check(value, schema, schema, [], issues);
      return issues.length > 0 ? { issues } : { value: value as T };
    },
    jsonSchema: { input: json, output: json },
  } as const;
  return { '~standard': standard };
}

function check(
  value: unknown,
  schema: JsonSchema | undefined,
  root: JsonSchema,
  path: PropertyKey[],
  issues: SchemaIssue[],
): void {
  const types = typesOf(schema, root);
  const type = typeOf(value);
  const whole = type === 'number' && types.has('integer') && Number.isInteger(value);
  if (types.size > 0 && !types.has(type) && !whole) {
    issues.push({ path, message: `expected ${[...types].join(' or ')}, got ${type}` });
    return;
  }
  const parts = alternatives(schema, root);
  const allowed = allowedOf(schema, root, type);
  if (allowed.length > 0 && !allowed.includes(value)) issues.push({ path, message: `expected one of ${allowed.join(', ')}` });
  for (const { minimum, maximum } of parts as { minimum?: number; maximum?: number }[]) {
    if (typeof value !== 'number') continue;
    if (minimum !== undefined && value < minimum) issues.push({ path, message: `expected at least ${minimum}` });
    if (maximum !== undefined && value > maximum) issues.push({ path, message: `expected at most ${maximum}` });
  }
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) check(item, step(schema, index, root), root, [...path, index], issues);
  } else if (type === 'object' && parts.length > 0) {
    const known = keysOf(schema, root);
    const open = isOpen(schema, root);
    for (const [key, each] of Object.entries(value as object)) {
      if (each === undefined) continue;
      if (!open && !known.includes(key)) issues.push({ path: [...path, key], message: 'is not a known key' });
      else check(each, step(schema, key, root), root, [...path, key], issues);
    }
  }
}
