import { NetronError } from '../errors/netron-error.js';
import { withOutcome } from '../errors/outcome.js';
import type { Call } from './call.js';

/** Returns the error of a call that is canceled by its signal before it is sent: the same as after sending, but with the outcome `not_run`. */
export function canceledCall({ service, method }: Pick<Call, 'service' | 'method'>, cause: unknown): NetronError {
  const named = NetronError.is(cause, 'canceled') || NetronError.is(cause, 'deadline_exceeded');
  const [code, message] = named ? [cause.code, cause.message] : (['canceled', `${service}.${method} was canceled`] as const);
  return withOutcome(new NetronError(code, message, { cause }), 'not_run');
}
