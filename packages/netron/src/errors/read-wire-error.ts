import { cutMessage, isErrorName, isFieldName, readCode } from './error-texts.js';
import { dataProperty } from './plain-data.js';
import { httpStatus } from './remote-error.js';
import type { WireError } from './wire-error.js';

/** A `WireError` whose parts all have the right type and a limited size. */
export interface CheckedWireError extends WireError {
  /** Name of the error; for an instance of a subclass of a registered class, its own name. */
  readonly ownName: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const maxFields = 64;

/**
 * Reads the usable parts of a received error. Never throws.
 *
 * @param copy returns the part of a field's value that the error may have; `undefined` for none
 */
export function readWireError(given: unknown, copy: (value: unknown) => unknown): CheckedWireError {
  const wire = isRecord(given) ? given : {};
  const name = isErrorName(wire.name) ? wire.name : 'Error';
  const sent = isRecord(wire.fields) ? wire.fields : {};
  const ownName = dataProperty(sent, 'name');
  return {
    name,
    ownName: isErrorName(ownName) ? ownName : name,
    code: readCode(wire.code) ?? 'unknown',
    message: typeof wire.message === 'string' ? cutMessage(wire.message) : 'error without a readable message',
    fields: readFields(sent, copy),
  };
}

/** Returns the wire form of the cause, if `given` has one. */
export function causeOf(given: unknown): unknown {
  return isRecord(given) ? (given.cause ?? undefined) : undefined;
}

function readFields(sent: Record<string, unknown>, copied: (value: unknown) => unknown): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const key of Object.keys(sent).slice(0, maxFields)) {
    // A field that hides a method, such as `toString`, would make an error that cannot be printed.
    if (!isFieldName(key) || key in Error.prototype) continue;
    const value = dataProperty(sent, key);
    const copy = key === 'statusCode' ? httpStatus(value) : copied(value);
    if (copy !== undefined) fields[key] = copy;
  }
  return fields;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
