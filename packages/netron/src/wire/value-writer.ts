/**
 * Writes any value in the encoding of docs/protocol.md. One recursive descent: each type of container calls `write` for its contents, so
 * that they share one file.
 */
import type { WireError } from '../errors/wire-error.js';
import { byteLength } from './byte-length.js';
import { costs } from './costs.js';
import { writeDate } from './date.js';
import { needsValues } from './extended-values.js';
import { extensionTypes } from './extension-types.js';
import { tagOf } from './instance-kind.js';
import { assertNoFields } from './instances.js';
import { wellFormed } from './surrogates.js';
import { tooLong, Unwritable } from './unwritable.js';
import { valueFeatures } from './value-features.js';
import type { Writer } from './writer.js';

/**
 * Writes one value of any type in docs/protocol.md.
 *
 * @param root name of the value in errors, for instance `argument` or `result`
 * @throws NetronError `invalid_argument` that names the path of a value that cannot be sent, `resource_exhausted` when the receiver's
 *   limits would be exceeded. The caller undoes the partial output, see `Writer.rewind`.
 */
export function writeValue(writer: Writer, value: unknown, root = 'value'): void {
  const { depth, sealed } = writer;
  if (depth === 0) writer.graph?.clear();
  try {
    writeAny(writer, value);
    if (writer.position > writer.limits.message) throw tooLong(writer.limits, writer.position);
  } catch (thrown) {
    writer.depth = depth;
    writer.sealed = sealed;
    throw Unwritable.explain(thrown, root);
  }
}

/** Writes one value inside another. */
export function writeAny(writer: Writer, value: unknown): void {
  switch (typeof value) {
    case 'string':
      writer.string(value);
      break;
    case 'number':
      writer.number(value);
      break;
    case 'boolean':
      writer.u8(value ? 0xc3 : 0xc2);
      break;
    case 'object':
      if (value === null) writer.u8(0xc0);
      else if (Array.isArray(value)) writeArray(writer, value);
      else writeObject(writer, value);
      break;
    case 'undefined':
      writer.ensure(3);
      writer.buffer[writer.position++] = 0xd4;
      writer.buffer[writer.position++] = extensionTypes.undefined;
      writer.buffer[writer.position++] = 0;
      break;
    case 'bigint':
      if (writer.values === undefined) throw needsValues('is a bigint');
      writer.values.writeBigInt(writer, value);
      break;
    case 'function':
      writeFunction(writer, value);
      break;
    default:
      throw new Unwritable('invalid_argument', `is a ${typeof value}`);
  }
}

/** @param holder the plain object that has the function as a property, which becomes `this` of its calls */
function writeFunction(writer: Writer, value: object, holder?: object): void {
  if (writer.handles?.encode(value, writer, holder) !== true) throw new Unwritable('invalid_argument', 'is a function');
}

/** Writes the number of a container that occurs earlier in the value. @returns whether it does */
export function writeKnown(writer: Writer, container: object): boolean {
  return (writer.features & valueFeatures.graphs) !== 0 && writer.values?.writeKnown(writer, container) === true;
}

function writeArray(writer: Writer, array: readonly unknown[]): void {
  if (writeKnown(writer, array)) return;
  const { length } = array;
  let index = 0;
  writer.enter();
  // A proxy may return any length.
  if (length >>> 0 !== length) throw new Unwritable('invalid_argument', 'is an array with an invalid length');
  writer.arrayHeader(length);
  try {
    for (; index < length; index++) {
      const value = array[index];
      if (value === undefined && !(index in array)) writeHole(writer);
      else writeAny(writer, value);
    }
  } catch (thrown) {
    throw Unwritable.within(thrown, array, index);
  }
  writer.depth--;
}

const iterate = Symbol.asyncIterator;

function writeHole(writer: Writer): void {
  if ((writer.features & valueFeatures.values) === 0) return writeAny(writer, undefined);
  writer.needed |= valueFeatures.values;
  writer.ensure(3);
  writer.buffer[writer.position++] = 0xd4;
  writer.buffer[writer.position++] = extensionTypes.hole;
  writer.buffer[writer.position++] = 0;
}

function writeObject(writer: Writer, object: object): void {
  const prototype = Object.getPrototypeOf(object);
  if (prototype === Object.prototype || prototype === null) writeRecord(writer, object as Record<string, unknown>);
  else writeInstance(writer, object, prototype);
}

export function writeRecord(writer: Writer, record: Readonly<Record<string, unknown>>): void {
  writeFields(writer, record, Object.keys(record));
}

/** @param refusal says why the functions of a class instance cannot be called remotely */
export function writeFields(
  writer: Writer,
  record: Readonly<Record<string, unknown>>,
  keys: readonly string[],
  refusal?: (record: object) => string,
): void {
  const { position, elements } = writer;
  if (keys.length === 0 || (record as Partial<Record<symbol, unknown>>)[iterate] !== undefined) {
    if (writer.handles?.owns(record) === true) return void writer.handles.encode(record, writer);
  }
  if (writeKnown(writer, record)) return;
  let key = '';
  writer.enter();
  writer.mapHeader(keys.length);
  try {
    for (let index = 0; index < keys.length; index++) {
      key = keys[index]!;
      if (key === '__proto__') throw new Unwritable('invalid_argument', 'has a forbidden name');
      writer.string(key);
      const value = record[key];
      if (typeof value === 'function') {
        if (refusal !== undefined) throw new Unwritable('invalid_argument', refusal(record));
        if (writer.handles?.owns(record) === true) return writeOwned(writer, record, position, elements);
        if (key === 'then') throw new Unwritable('invalid_argument', 'is a function that would turn the object into a promise');
      }
      if (typeof value === 'function') writeFunction(writer, value, record);
      else writeAny(writer, value);
    }
  } catch (thrown) {
    throw Unwritable.within(thrown, record, key);
  }
  writer.depth--;
}

/** Sends a plain object that turned out to be a service by reference, and undoes what was written of it. */
function writeOwned(writer: Writer, record: object, position: number, elements: number): void {
  writer.handles?.retract?.(position);
  writer.graph?.retract(record);
  writer.position = position;
  writer.elements = elements;
  writer.depth--;
  writer.handles?.encode(record, writer);
}

/** Writes objects with their own prototype. */
function writeInstance(writer: Writer, object: object, prototype: object): void {
  const { values } = writer;
  if (values?.writeRegistered(writer, object) === true) return;
  if (object instanceof Uint8Array) writeBytes(writer, object);
  else if (object instanceof Date) {
    if (prototype !== Date.prototype) assertNoFields(object, 'Date');
    writeDate(writer, object);
  } else if (object instanceof Error) writeError(writer, object);
  else if (values !== undefined) values.writeInstance(writer, object, prototype);
  else if (writer.handles?.encode(object, writer) !== true) {
    const tag = tagOf(object);
    throw needsValues(`is ${tag === 'Object' ? 'an instance of a class' : `a ${tag}`}`);
  }
}

/** Writes bytes as a bin. Memory that was transferred elsewhere has no bytes to send. */
export function writeBytes(writer: Writer, bytes: Uint8Array): void {
  if (byteLength(bytes) === 0) void new Uint8Array(bytes.buffer);
  writer.binary(bytes);
}

/** Writes an error of the program as data. */
export function writeError(writer: Writer, error: Error): void {
  if (writer.errors === undefined) throw new Unwritable('invalid_argument', 'is an error, for which no codec is configured');
  writeWireError(writer, writer.errors.encodeData?.(error) ?? writer.errors.encode(error));
}

/**
 * Writes a thrown value: of an error, only what its class declares.
 *
 * @throws NetronError as `writeValue`
 */
export function writeThrown(writer: Writer, thrown: unknown): void {
  const { depth } = writer;
  try {
    if (writer.errors === undefined) throw new Unwritable('invalid_argument', 'is an error, for which no codec is configured');
    writeWireError(writer, writer.errors.encode(thrown));
    if (writer.position > writer.limits.message) throw tooLong(writer.limits, writer.position);
  } catch (error) {
    writer.depth = depth;
    throw Unwritable.explain(error, 'error');
  }
}

function writeWireError(writer: Writer, error: WireError): void {
  writer.enter();
  writer.spendCostly(costs.error);
  const start = writer.beginExtension(extensionTypes.error);
  // Messages are for people: an older receiver gets them with U+FFFD rather than not at all.
  const readable = (writer.features & valueFeatures.values) !== 0;
  writer.string(readable ? error.name : wellFormed(error.name));
  writer.string(error.code);
  writer.string(readable ? error.message : wellFormed(error.message));
  try {
    writeAny(writer, error.fields ?? null);
  } catch (thrown) {
    throw Unwritable.within(thrown, error, 'fields');
  }
  if (error.cause === undefined) writer.u8(0xc0);
  else writeWireError(writer, error.cause);
  writer.endExtension(start);
  writer.depth--;
}
