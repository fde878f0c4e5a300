import type { Code } from './codes.js';
import { NetronError } from './netron-error.js';

/**
 * Returns the error for a caller whose answer cannot be written: one with one of `codes` becomes `internal`, because they
 * would blame what the caller has sent.
 */
export function asInternal(error: unknown, ...codes: readonly Code[]): unknown {
  if (!codes.some((code) => NetronError.is(error, code))) return error;
  return new NetronError('internal', (error as NetronError).message, { cause: error });
}
