import { NetronError } from '../errors/netron-error.js';

/** The error for bytes that are not what the protocol says. What a peer sent is never part of the message. */
export function malformed(what: string): NetronError {
  return new NetronError('invalid_argument', `malformed message: ${what}`);
}

/** The error for bytes that would need more than a limit allows. */
export function exhausted(what: string): NetronError {
  return new NetronError('resource_exhausted', `message refused: ${what}`);
}
