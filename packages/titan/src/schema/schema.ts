import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';

/** A schema of any Standard Schema library: zod, valibot, arktype and others. */
export type Schema<Input = unknown, Output = Input> = StandardSchemaV1<Input, Output>;

/** Input type of a schema. */
export type InferInput<S extends Schema> = StandardSchemaV1.InferInput<S>;

/** Output type of a schema. */
export type InferOutput<S extends Schema> = StandardSchemaV1.InferOutput<S>;

/** A problem of a value. */
export type SchemaIssue = StandardSchemaV1.Issue;

/** A JSON Schema, or the part of one that describes a value. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/**
 * Returns the JSON Schema of the input of a schema; `undefined` if its library does not offer one, or it cannot be
 * expressed. Dates and big integers, which JSON does not have, are described by `format`.
 */
export function jsonSchemaOf(schema: Schema, side: 'input' | 'output' = 'input'): JsonSchema | undefined {
  const { jsonSchema } = schema['~standard'] as Partial<StandardJSONSchemaV1['~standard']>;
  try {
    return jsonSchema?.[side]({ target: 'draft-2020-12', libraryOptions: { unrepresentable: 'any', override: describeUnknown } });
  } catch {
    return undefined;
  }
}

/** Tells zod how to write types that JSON Schema does not have. */
function describeUnknown(context: { zodSchema: { _zod: { def: { type: string } } }; jsonSchema: Record<string, unknown> }): void {
  const { type } = context.zodSchema._zod.def;
  if (type === 'date') Object.assign(context.jsonSchema, { type: 'string', format: 'date-time' });
  if (type === 'bigint') Object.assign(context.jsonSchema, { type: 'integer', format: 'int64' });
}
