import { encodeThrown } from '../../errors/encode-error.js';
import { NetronError } from '../../errors/netron-error.js';
import { isError } from '../../util/thrown.js';

/** Returns what the other end learns of a thrown value: of a value that is no error its kind, never its content. */
export function sanitizeThrown(thrown: unknown): unknown {
  return isError(thrown) ? thrown : new NetronError('unknown', encodeThrown(thrown).message);
}
