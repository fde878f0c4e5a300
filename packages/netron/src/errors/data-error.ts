/** Errors that are values of the program, sent deliberately and with all of their properties except the stack. */

import { isError } from '../util/thrown.js';
import { isErrorName, isFieldName } from './error-texts.js';
import { nativeName, nativePrototype } from './native-errors.js';
import { copyPlain, dataProperty } from './plain-data.js';
import { define, maxCauses } from './received-error.js';
import { remoteStack } from './remote-stack.js';
import type { WireError } from './wire-error.js';

const maxErrors = 1024;

/** Returns the wire form of an error whose class is not registered: its fields, its cause, and the errors of an `AggregateError`. */
export function encodeDataError(error: Error, encodeCause: (cause: Error, depth: number) => WireError, depth: number): WireError {
  const own: unknown = error.name;
  const native = nativeName(error);
  const name = native ?? (isErrorName(own) ? own : 'Error');
  const fields: Record<string, unknown> = {};
  if (own !== name && isErrorName(own)) fields.name = own;
  for (const key of Object.keys(error)) {
    const value = isFieldName(key) ? copyPlain(dataProperty(error, key)) : undefined;
    if (value !== undefined) fields[key] = value;
  }
  const errors: unknown = native === 'AggregateError' ? dataProperty(error, 'errors') : undefined;
  if (Array.isArray(errors)) fields.errors = errors.slice(0, maxErrors);
  const cause = dataProperty(error, 'cause');
  const encoded = isError(cause) && depth < maxCauses ? encodeCause(cause, depth + 1) : undefined;
  if (cause !== undefined && !isError(cause)) fields.cause = cause;
  return {
    name,
    code: '',
    message: String(error.message),
    ...(Object.keys(fields).length > 0 && { fields }),
    ...(encoded && { cause: encoded }),
  };
}

/** Returns the error for such a wire form; an instance of the native class that it names. */
export function decodeDataError(
  name: string,
  ownName: string,
  wire: WireError,
  fields: Readonly<Record<string, unknown>>,
): Error {
  const error = new Error(wire.message);
  Object.setPrototypeOf(error, nativePrototype(name) ?? Error.prototype);
  if (error.name !== ownName) define(error, 'name', ownName, false);
  error.stack = remoteStack(ownName, wire.message);
  for (const key of Object.keys(fields)) if (!(key in error)) define(error, key, fields[key], true);
  const sent = wire.fields ?? {};
  const errors = dataProperty(sent, 'errors');
  if (name === 'AggregateError') define(error, 'errors', Array.isArray(errors) ? errors : [], false);
  if (Object.hasOwn(sent, 'cause')) define(error, 'cause', dataProperty(sent, 'cause'), false);
  return error;
}
