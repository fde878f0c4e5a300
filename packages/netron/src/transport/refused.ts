import { NetronError } from '../errors/netron-error.js';

const reason = 'refused';

/** Returns the error of an address at which nobody listens: a process that was there has ended, or listens no more. */
export function nobodyListens(address: string, cause?: Error): NetronError {
  const message = `cannot connect to ${address}: ${cause?.message ?? 'nobody listens there'}`;
  return new NetronError('unavailable', message, { ...(cause && { cause }), details: { reason } });
}

/** Whether an attempt to connect has failed because nobody listens at the address. */
export function isRefused({ code, details }: NetronError): boolean {
  return code === 'unavailable' && details?.reason === reason;
}
