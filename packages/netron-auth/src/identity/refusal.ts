import { NetronError } from '@omnitron-dev/netron';

/**
 * Returns the one error for every token that is not accepted: its text never tells why. The reason is kept as `cause`, which
 * stays in the process.
 */
export function refusal(cause?: unknown): NetronError {
  return new NetronError('unauthenticated', 'the token is not valid', cause === undefined ? {} : { cause });
}
