/** Errors from a peer, decoded without registered classes. */
import { type Code, isCode } from './codes.js';
import { readDelay } from './encode-error.js';
import { missingPart } from './missing-part.js';
import { NetronError, type NetronErrorOptions } from './netron-error.js';
import { isPlain } from './plain-data.js';
import { type CheckedWireError, causeOf, readWireError } from './read-wire-error.js';
import { RemoteError } from './remote-error.js';
import { remoteStack } from './remote-stack.js';
import type { ErrorCodec } from './wire-error.js';

/** Maximum depth of causes. */
export const maxCauses = 8;

/** The fixed code of each named error, by its name. */
const codeOfNamed: Readonly<Record<string, Code>> = {
  NotFoundError: 'not_found',
  ValidationError: 'invalid_argument',
  UnauthenticatedError: 'unauthenticated',
  PermissionDeniedError: 'permission_denied',
  CircuitOpenError: 'unavailable',
  SkewError: 'failed_precondition',
};

/**
 * Codec of a client without the part `errors`: `NetronError` and the named errors arrive as `NetronError` with name and code, all
 * others as `RemoteError`. It sends errors of this package, and no errors of the program.
 */
export const receivedErrors: ErrorCodec = {
  encode(error) {
    const { code, message } = NetronError.from(error);
    return { name: 'NetronError', code, message };
  },
  encodeData() {
    throw missingPart('errors as values', 'errors');
  },
  decode: (wire) => decode(wire, 0),
};

function decode(given: unknown, depth: number): Error {
  const wire = readWireError(given, data);
  const { name, code } = wire;
  const ours = isCode(code) && (name === 'NetronError' || codeOfNamed[name] === code);
  const error = ours ? netronError(wire, code, NetronError.prototype) : new RemoteError({ ...wire, name: wire.ownName });
  const cause = depth < maxCauses ? causeOf(given) : undefined;
  if (cause !== undefined) define(error, 'cause', decode(cause, depth + 1), false);
  return error;
}

function data(value: unknown): unknown {
  return typeof value === 'function' ? undefined : value;
}

/** Makes an error of this package from a received one. */
export function netronError({ message, fields, ownName }: CheckedWireError, code: Code, prototype: object): NetronError {
  const options: NetronErrorOptions = {};
  if (isPlain(fields.details)) options.details = fields.details;
  const retryAfterMs = readDelay(fields.retryAfterMs);
  if (retryAfterMs !== undefined) options.retryAfterMs = retryAfterMs;
  return become(new NetronError(code, message, options), prototype, ownName);
}

/** Turns a real error, which consoles and debuggers recognize, into an instance of another class. */
export function become<T extends Error>(error: T, prototype: object, name: string): T {
  Object.setPrototypeOf(error, prototype);
  define(error, 'name', name, false);
  // The original stack would be that of the connection's reader, under the name of the class it was made as. Assigned, not
  // defined: with a definition V8 formats the original stack first, which takes twice as long as everything else.
  error.stack = remoteStack(name, error.message);
  return error;
}

/** Defines a property of an error. */
export function define(target: object, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(target, key, { value, enumerable, writable: true, configurable: true });
}
