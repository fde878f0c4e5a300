import type { InferInput, InferOutput, Schema } from '../schema/schema.js';

/** Marks sections. A registered symbol: copies of this package share it. */
export const mark: unique symbol = Symbol.for('titan.section') as never;

/** Path and schema of a section. It can be used in place of its schema. */
export interface SectionFacts<S extends Schema = Schema> extends Schema<InferInput<S>, InferOutput<S>> {
  /** Path in the configuration, such as `db` or `netron.discovery`. */
  readonly path: string;
  readonly schema: S;
  readonly [mark]: true;
}

/** Whether a token, or a schema, is a section. */
export const isSection = (value: unknown): value is SectionFacts =>
  typeof value === 'object' && value !== null && (value as { [mark]?: boolean })[mark] === true;
