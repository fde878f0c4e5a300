/** Reasons why connections end: close codes, and the errors that the other end derives from them. */
import type { Code } from '../errors/codes.js';
import { NetronError } from '../errors/netron-error.js';
import type { CloseCode } from './transport.js';

/** Most bytes of a close reason in UTF-8. @source RFC 6455 §5.5 */
export const maxReason = 123;

/** Milliseconds for the other end to answer a close, before the connection is cut. */
export const closeTimeout = 5_000;

const meaning: Readonly<Record<number, Code>> = {
  1002: 'invalid_argument',
  1003: 'invalid_argument',
  1007: 'invalid_argument',
  1008: 'permission_denied',
  1009: 'resource_exhausted',
  1011: 'internal',
};

/** Codes of a clean close. 1005 stands for a close without a code. */
const clean: ReadonlySet<number> = new Set([1000, 1001, 1005]);

/** Offset of codes sent by a script in a browser, which may not send the codes from 1000 on itself. */
const scriptCodes = 3000;

/** Returns the code that a script in a browser sends for `code`. @source WHATWG WebSockets, close() */
export function scriptCode(code: number): number {
  return code === 1000 ? code : code - 1000 + scriptCodes;
}

/**
 * Returns the error for `closed` when the other end closed with the code `sent`: `undefined` for a clean close, otherwise an error with
 * `closeCode` and `reason` in its `details`.
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

/** Returns the error for `closed` at the end that closed with `code` because the other end violated the protocol. */
export function violation(code: CloseCode, message: string): NetronError {
  return new NetronError(meaning[code] ?? 'unavailable', message, { details: { closeCode: code } });
}

/** Returns the error for `closed` at an end that could not stop reading and exceeded its limit. */
export function overflow(): NetronError {
  const text = 'too much data arrived while the connection was paused';
  return new NetronError('resource_exhausted', text, { details: { closeCode: 1008 } });
}

/** Returns the code to close with after `error`, a violation by the other end. */
export function closeCodeOf({ code, details }: NetronError): CloseCode {
  if (code === 'internal') return 1011;
  if (code !== 'resource_exhausted') return 1002;
  return (details?.closeCode as CloseCode | undefined) ?? 1008;
}

/** Returns the error for `closed` when the connection broke, or ended without a goodbye. */
export function lost(remoteAddress: string, cause?: Error): NetronError {
  const why = cause === undefined ? 'it ended without a close frame' : ((cause as { code?: string }).code ?? cause.message);
  return new NetronError('unavailable', `the connection to ${remoteAddress} was lost: ${why}`, cause && { cause });
}

/** Returns `reason` as UTF-8, cut between two characters when longer than `maxReason`. */
export function encodeReason(reason: string): Uint8Array {
  const bytes = new Uint8Array(maxReason);
  const { written } = new TextEncoder().encodeInto(reason, bytes);
  return bytes.subarray(0, written);
}

/** Returns `reason`, cut between two characters when longer than `maxReason` bytes. */
export function cutReason(reason: string): string {
  if (reason.length * 3 <= maxReason) return reason;
  return new TextDecoder().decode(encodeReason(reason));
}

/** Refuses an empty message, which is a mistake of the caller. */
export function refuseEmpty(message: Uint8Array): void {
  if (message.length === 0) throw new RangeError('a message must have at least one byte');
}

/** Largest accepted message in bytes, unless an option differs. */
export const defaultMaxMessage = 1024 * 1024;
