import { encodeThrown } from '../../errors/encode-error.js';
import { NetronError } from '../../errors/netron-error.js';
import { isError } from '../../util/thrown.js';

/** Returns the error that the other end receives for a thrown value: for a value that is not an error, its type but never its content. */
export function sanitizeThrown(thrown: unknown): unknown {
  return isError(thrown) ? thrown : new NetronError('unknown', encodeThrown(thrown).message);
}
