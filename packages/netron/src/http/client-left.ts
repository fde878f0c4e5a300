import { NetronError } from '../errors/netron-error.js';

/** Returns the error of who waits for a client that has gone, whatever its server has said of that. */
export function clientLeft(cause?: unknown): NetronError {
  return new NetronError('canceled', 'the client has left', cause === undefined ? {} : { cause });
}
