/** Options of the JSON codec. */
import type { ErrorCodec } from '../errors/wire-error.js';
import { type Limits, maxDepth } from '../wire/limits.js';

/** Options of reading and writing JSON. */
export interface JsonOptions {
  /** `true`: `{"v":…,"t":[…]}`, which represents every value of the wire. `false`: natural JSON, which any client can read. */
  readonly rich: boolean;
  /** Converts errors to data and back. Without it, a value must not contain errors. */
  readonly errors?: ErrorCodec | undefined;
  /** Limits of nesting and elements. Default: those of a connection. An element of a Map takes two levels. */
  readonly limits?: Pick<Limits, 'depth' | 'elements'>;
}

/** Returns the levels of JSON for values nested up to `depth`, including the envelope and the list of tags. */
export function jsonDepth(depth: number): number {
  return Math.min(depth, maxDepth) + 2;
}
