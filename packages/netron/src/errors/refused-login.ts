/** Error for a caller that was refused: it contains no reason, which is only logged. */
import type { Code } from './codes.js';
import { NetronError } from './netron-error.js';

/** Codes of failures of the authentication service itself, which are not about the caller. */
const outages: readonly Code[] = ['unavailable', 'deadline_exceeded', 'unknown_outcome', 'aborted'];

/** Returns the error for the caller: that it was refused, or that it may try again. */
export function refusedLogin(error: unknown): NetronError {
  const { code, retryAfterMs } = NetronError.is(error) ? error : ({} as Partial<NetronError>);
  const again = retryAfterMs === undefined ? {} : { retryAfterMs };
  if (code === 'resource_exhausted') return new NetronError(code, 'too many authentication attempts', again);
  if (code !== undefined && outages.includes(code))
    return new NetronError('unavailable', 'authentication is temporarily unavailable', again);
  return new NetronError('unauthenticated', 'authentication failed');
}
