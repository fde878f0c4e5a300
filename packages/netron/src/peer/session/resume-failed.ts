import { NetronError } from '../../errors/netron-error.js';

const reason = 'resume_failed';

/** Returns the error of a session that no connection has resumed. */
export function notResumed(why: string): NetronError {
  return new NetronError('unavailable', `the session could not be resumed: ${why}`, { details: { reason } });
}

/** Returns the error details for calls and streams whose session could not be resumed. */
export function resumeFailed(error: Error | undefined): Record<string, unknown> | undefined {
  return NetronError.is(error) && error.details?.reason === reason ? { reason } : undefined;
}
