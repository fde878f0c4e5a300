/** Reasons why connections end: close codes, and the errors the other end makes of them. */
import type { Code } from '../errors/codes.js';
import { NetronError } from '../errors/netron-error.js';
import type { CloseCode } from './transport.js';

/** Bytes of UTF-8 that a close reason may have. @source RFC 6455 §5.5 */
export const maxReason = 123;

/** Milliseconds the other end has to answer a close; then the connection is cut. */
export const closeTimeout = 5_000;

const meaning: Readonly<Record<number, Code>> = {
  1002: 'invalid_argument',
  1003: 'invalid_argument',
  1007: 'invalid_argument',
  1008: 'permission_denied',
  1009: 'resource_exhausted',
  1011: 'internal',
};

/** The codes that say that nothing went wrong. 1005 stands for a close without a code. */
const clean: ReadonlySet<number> = new Set([1000, 1001, 1005]);

/** A script in a browser may not send codes of the protocol: it sends these instead of 1000 and above. */
const scriptCodes = 3000;

/** The code with which a script in a browser says `code`. @source WHATWG WebSockets, close() */
export function scriptCode(code: number): number {
  return code === 1000 ? code : code - 1000 + scriptCodes;
}

/**
 * Returns what `closed` reports when the other end closed with the code `sent`: nothing when that was a clean end, otherwise an error
 * whose `details` hold `closeCode` and `reason`.
 */
export function closeError(sent: number, reason: string): NetronError | undefined {
  const code = sent >= scriptCodes && sent < scriptCodes + 20 ? sent - scriptCodes + 1000 : sent;
  if (clean.has(code)) return undefined;
  const cut = cutReason(reason);
  const details = cut === '' ? { closeCode: code } : { closeCode: code, reason: cut };
  const why = cut === '' ? '' : `: ${cut}`;
  return new NetronError(meaning[code] ?? 'unavailable', `the other end closed the connection with code ${code}${why}`, {
    details,
  });
}

/** Returns what `closed` reports on the end that found the other at fault and closed with `code`. */
export function violation(code: CloseCode, message: string): NetronError {
  return new NetronError(meaning[code] ?? 'unavailable', message, { details: { closeCode: code } });
}

/** Returns what `closed` reports on the end that could not stop reading and exceeded its bound. */
export function overflow(): NetronError {
  const text = 'more came than can wait while the connection is not read';
  return new NetronError('resource_exhausted', text, { details: { closeCode: 1008 } });
}

/** The code to close with because of `error`, which this end has found the other one at fault with. */
export function closeCodeOf({ code, details }: NetronError): CloseCode {
  if (code === 'internal') return 1011;
  if (code !== 'resource_exhausted') return 1002;
  return (details?.closeCode as CloseCode | undefined) ?? 1008;
}

/** Returns what `closed` reports when the connection broke, or ended without a goodbye. */
export function lost(remoteAddress: string, cause?: Error): NetronError {
  const why = cause === undefined ? 'it ended without a close' : ((cause as { code?: string }).code ?? cause.message);
  return new NetronError('unavailable', `the connection to ${remoteAddress} was lost: ${why}`, cause && { cause });
}

/** `reason` as UTF-8, cut between two characters when longer than `maxReason`. */
export function encodeReason(reason: string): Uint8Array {
  const bytes = new Uint8Array(maxReason);
  const { written } = new TextEncoder().encodeInto(reason, bytes);
  return bytes.subarray(0, written);
}

/** `reason`, cut between two characters when longer than `maxReason` bytes. */
export function cutReason(reason: string): string {
  if (reason.length * 3 <= maxReason) return reason;
  return new TextDecoder().decode(encodeReason(reason));
}

/** Refuses an empty message: a mistake of the caller. */
export function refuseEmpty(message: Uint8Array): void {
  if (message.length === 0) throw new RangeError('a message has at least one byte');
}

/** The largest message accepted where no option says otherwise, in bytes. */
export const defaultMaxMessage = 1024 * 1024;
