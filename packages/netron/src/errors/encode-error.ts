/** Encodes errors whose class is not registered: only the parts that may leave the process. */
import type { Code } from './codes.js';
import { isErrorName, readCode } from './error-texts.js';
import { nativeName } from './native-errors.js';
import { copyPlain, dataProperty } from './plain-data.js';
import { redact } from './redact.js';
import { httpStatus } from './remote-error.js';
import type { WireError } from './wire-error.js';

/** Returns the wire form of a thrown value that is not an error: its type, never its content. */
export function encodeThrown(value: unknown): WireError {
  const kind = value === null ? 'null' : Array.isArray(value) ? 'an array' : kinds.get(typeof value);
  return { name: 'NetronError', code: 'unknown', message: `thrown value is not an error but ${kind}` };
}

/** Wire form of an error that threw while it was read. */
export const unreadable: WireError = Object.freeze({ name: 'Error', code: 'unknown', message: 'thrown error cannot be read' });

/**
 * Returns the wire form of an error with an unregistered class: name, code, message and the fields every error may declare, with paths
 * replaced in every text. For an error of the operating system, only its code and the name of the operation.
 */
export function encodeForeign(error: Error): WireError {
  const own = error as unknown as Record<string, unknown>;
  const name = isErrorName(error.name) ? error.name : 'Error';
  if (isSystemError(own)) return { name, code: 'unknown', message: systemMessage(own) };
  const fields: Record<string, unknown> = {};
  for (const [key, read] of commonFields) {
    const value = read(dataProperty(error, key));
    if (value !== undefined) fields[key] = value;
  }
  const ownCode = dataProperty(error, 'code');
  if (typeof ownCode === 'number' && Number.isInteger(ownCode)) fields.code = ownCode;
  const code = codeByName.get(name) ?? readCode(own.code) ?? 'unknown';
  const native = nativeName(error);
  if (native !== undefined && native !== name) fields.name = name;
  return {
    name: native ?? name,
    code,
    message: redact(String(error.message)),
    ...(Object.keys(fields).length > 0 && { fields }),
  };
}

/** Returns `value` if it is a valid delay in milliseconds. */
export function readDelay(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

const commonFields: ReadonlyArray<readonly [string, (value: unknown) => unknown]> = [
  ['status', httpStatus],
  ['statusCode', httpStatus],
  ['details', (value) => copyPlain(value, redact)],
  ['retryAfterMs', readDelay],
];

/** Codes of platform errors that are recognized by name instead of class. */
const codeByName: ReadonlyMap<string, Code> = new Map([
  ['AbortError', 'canceled'],
  ['TimeoutError', 'deadline_exceeded'],
]);

const kinds: ReadonlyMap<string, string> = new Map([
  ['undefined', 'undefined'],
  ['object', 'an object'],
  ['function', 'a function'],
  ...['string', 'number', 'boolean', 'bigint', 'symbol'].map((kind) => [kind, `a ${kind}`] as const),
]);

/** Whether it is an error of the operating system, whose message and fields may reveal files and addresses. */
function isSystemError(error: Record<string, unknown>): boolean {
  return typeof error.syscall === 'string' || (typeof error.errno === 'number' && typeof error.code === 'string');
}

function systemMessage({ code, syscall }: Record<string, unknown>): string {
  const operation = typeof syscall === 'string' && /^[a-z]\w{0,31}$/i.test(syscall) ? syscall : 'operation';
  return `${readCode(code) ?? 'system error'}: ${operation} failed`;
}
