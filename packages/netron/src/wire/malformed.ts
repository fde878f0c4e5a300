import { NetronError } from '../errors/netron-error.js';

/** Returns the error for bytes that violate the protocol. Its message never contains data of the peer. */
export function malformed(what: string): NetronError {
  return new NetronError('invalid_argument', `malformed message: ${what}`);
}

/** Returns the error for bytes that would exceed a limit. */
export function exhausted(what: string): NetronError {
  return new NetronError('resource_exhausted', `message refused: ${what}`);
}
