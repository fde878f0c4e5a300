import { NetronError } from '../errors/netron-error.js';
import type { Call } from './call.js';

/** Returns the error of a call that is given up for the reason of its signal before it is sent: the same as after that. */
export function canceledCall({ service, method }: Pick<Call, 'service' | 'method'>, cause: unknown): NetronError {
  if (NetronError.is(cause, 'canceled') || NetronError.is(cause, 'deadline_exceeded')) return cause;
  return new NetronError('canceled', `${service}.${method} was canceled`, { cause });
}
