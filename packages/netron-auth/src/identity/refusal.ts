import { NetronError } from '@omnitron-dev/netron';

/**
 * Returns the single error for every token that is refused: its message never tells why. The reason is kept as `cause`, which does not
 * leave the process.
 */
export function refusal(cause?: unknown): NetronError {
  return new NetronError('unauthenticated', 'invalid token', cause === undefined ? {} : { cause });
}
