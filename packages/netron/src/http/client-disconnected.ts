import { NetronError } from '../errors/netron-error.js';

/** Returns the error for work whose client has disconnected, whatever the server reported. */
export function clientDisconnected(cause?: unknown): NetronError {
  return new NetronError('canceled', 'the client has disconnected', cause === undefined ? {} : { cause });
}
