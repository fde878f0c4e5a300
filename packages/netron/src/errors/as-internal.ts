import type { Code } from './codes.js';
import { NetronError } from './netron-error.js';

/**
 * Returns the error for a caller whose answer cannot be encoded: one with one of `codes` becomes `internal`, because these codes
 * would blame the caller's input.
 */
export function asInternal(error: unknown, ...codes: readonly Code[]): unknown {
  if (!codes.some((code) => NetronError.is(error, code))) return error;
  return new NetronError('internal', (error as NetronError).message, { cause: error });
}
