/** The error of a caller that was not let in: it learns no reason, which stands in the log. */
import type { Code } from './codes.js';
import { NetronError } from './netron-error.js';

/** Failures that say nothing of a caller: whoever should tell does not answer. */
const outages: readonly Code[] = ['unavailable', 'deadline_exceeded', 'unknown_outcome', 'aborted'];

/** Returns the part of a failure that a caller learns: whether it was refused, or may try again. */
export function refusedLogin(error: unknown): NetronError {
  const { code, retryAfterMs } = NetronError.is(error) ? error : ({} as Partial<NetronError>);
  const again = retryAfterMs === undefined ? {} : { retryAfterMs };
  if (code === 'resource_exhausted') return new NetronError(code, 'authentication was asked too often', again);
  if (code !== undefined && outages.includes(code))
    return new NetronError('unavailable', 'authentication is not possible now', again);
  return new NetronError('unauthenticated', 'authentication failed');
}
