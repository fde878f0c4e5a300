import { NetronError } from '../../errors/netron-error.js';

const reason = 'resume_failed';

/** Returns the error that a session ends with when no connection came that goes on with it. */
export function notResumed(why: string): NetronError {
  return new NetronError('unavailable', `the session could not be resumed: ${why}`, { details: { reason } });
}

/** Returns the details of errors that calls and streams end with when their session could not be resumed. */
export function resumeFailed(error: Error | undefined): Record<string, unknown> | undefined {
  return NetronError.is(error) && error.details?.reason === reason ? { reason } : undefined;
}
