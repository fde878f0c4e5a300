import { encodeThrown, isError } from '../../errors/encode-error.js';
import { NetronError } from '../../errors/netron-error.js';

/** What the other end is told of something thrown: of what is no error, its kind and never its content (RELIABILITY A9). */
export function sanitizeThrown(thrown: unknown): unknown {
  return isError(thrown) ? thrown : new NetronError('unknown', encodeThrown(thrown).message);
}
