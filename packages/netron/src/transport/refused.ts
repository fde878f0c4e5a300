import { NetronError } from '../errors/netron-error.js';

const reason = 'refused';

/** Returns the error for an address at which nothing listens: the process there has ended, or has stopped listening. */
export function nobodyListens(address: string, cause?: Error): NetronError {
  const message = `cannot connect to ${address}: ${cause?.message ?? 'nothing is listening there'}`;
  return new NetronError('unavailable', message, { ...(cause && { cause }), details: { reason } });
}

/** Whether an attempt to connect has failed because nothing listens at the address. */
export function isRefused({ code, details }: NetronError): boolean {
  return code === 'unavailable' && details?.reason === reason;
}
