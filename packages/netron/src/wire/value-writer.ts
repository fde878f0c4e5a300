/** Receives any value, hands it to a `Writer` in the form that docs/protocol.md gives it. */
import type { WireError } from '../errors/wire-error.js';
import { writeBigInt } from './big-integer.js';
import { costs, hashCost } from './costs.js';
import { writeDate } from './date.js';
import { extensionTypes } from './extension-types.js';
import { writeTemporal } from './temporal.js';
import { writeArrayBuffer } from './typed-array.js';
import { Unwritable } from './unwritable.js';
import { writeUrl } from './url.js';
import { tooLong, type Writer } from './writer.js';

/**
 * Writes one value, of any of the types in docs/protocol.md.
 *
 * @param root what errors call the value, for instance `argument` or `result`
 * @throws NetronError `invalid_argument` naming the path of what cannot be sent, `resource_exhausted` when the receiver's
 *   limits would be exceeded. The caller sets `position` and `elements` back.
 */
export function writeValue(writer: Writer, value: unknown, root = 'value'): void {
  const { depth } = writer;
  try {
    write(writer, value);
    if (writer.position > writer.limits.message) throw tooLong(writer.limits);
  } catch (thrown) {
    writer.depth = depth;
    throw Unwritable.explain(thrown, root);
  }
}

function write(writer: Writer, value: unknown): void {
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
      writeBigInt(writer, value);
      break;
    case 'function':
      if (writer.handles?.encode(value, writer) !== true) throw new Unwritable('invalid_argument', 'is a function');
      break;
    default:
      throw new Unwritable('invalid_argument', `is a ${typeof value}`);
  }
}

function writeArray(writer: Writer, array: readonly unknown[]): void {
  const { length } = array;
  let index = 0;
  writer.enter();
  writer.arrayHeader(length);
  try {
    for (; index < length; index++) write(writer, array[index]);
  } catch (thrown) {
    throw Unwritable.within(thrown, array, index);
  }
  writer.depth--;
}

function writeObject(writer: Writer, object: object): void {
  const prototype = Object.getPrototypeOf(object);
  if (prototype === Object.prototype || prototype === null) writeRecord(writer, object as Record<string, unknown>);
  else writeInstance(writer, object);
}

function writeRecord(writer: Writer, record: Readonly<Record<string, unknown>>): void {
  const keys = Object.keys(record);
  const { position, elements } = writer;
  if (keys.length === 0 && writer.handles?.owns(record) === true) return void writer.handles.encode(record, writer);
  let key = '';
  writer.enter();
  writer.mapHeader(keys.length);
  try {
    for (let index = 0; index < keys.length; index++) {
      key = keys[index]!;
      if (key === '__proto__') throw new Unwritable('invalid_argument', 'has a name that is never accepted');
      writer.string(key);
      const value = record[key];
      if (typeof value === 'function') {
        if (writer.handles?.owns(record) === true) return writeOwned(writer, record, position, elements);
        if (key === 'then') throw new Unwritable('invalid_argument', 'is a function that would turn the object into a promise');
      }
      write(writer, value);
    }
  } catch (thrown) {
    throw Unwritable.within(thrown, record, key);
  }
  writer.depth--;
}

/** A plain object that turned out to be a service: it goes by reference, and what was written of it is taken back. */
function writeOwned(writer: Writer, record: object, position: number, elements: number): void {
  writer.position = position;
  writer.elements = elements;
  writer.depth--;
  writer.handles?.encode(record, writer);
}

/** Objects with a prototype of their own: built-in value types, handles, and at last instances of classes. */
function writeInstance(writer: Writer, object: object): void {
  if (object instanceof Uint8Array) writer.binary(object);
  else if (object instanceof Date) writeDate(writer, object);
  else if (object instanceof Map) writeMap(writer, object);
  else if (object instanceof Set) writeSet(writer, object);
  else if (object instanceof Error) writeError(writer, object);
  else if (object instanceof URL) writeUrl(writer, object);
  else if (ArrayBuffer.isView(object) || object instanceof ArrayBuffer) writeArrayBuffer(writer, object);
  else if (writer.handles?.encode(object, writer) === true) return;
  else if (!writeTemporal(writer, object)) writeForeign(writer, object);
}

/** Objects of another realm, for instance of a vm context, and instances of classes. */
function writeForeign(writer: Writer, object: object): void {
  const tag = Object.prototype.toString.call(object).slice(8, -1);
  if (tag === 'Object') writeRecord(writer, object as Record<string, unknown>);
  else if (tag === 'Date') writeDate(writer, object as Date);
  else if (tag === 'Map') writeMap(writer, object as Map<unknown, unknown>);
  else if (tag === 'Set') writeSet(writer, object as Set<unknown>);
  else if (tag === 'Error') writeError(writer, object as Error);
  else if (tag === 'ArrayBuffer') writeArrayBuffer(writer, object as ArrayBuffer);
  // A class with a name of its own, and not a promise, a generator, a regular expression, ... which would arrive empty.
  else if (tag !== 'Promise' && tag !== 'String' && Object.keys(object).length > 0)
    writeRecord(writer, object as Record<string, unknown>);
  else throw new Unwritable('invalid_argument', `is a ${tag}`);
}

function writeMap(writer: Writer, map: ReadonlyMap<unknown, unknown>): void {
  let index = 0;
  let at: string | number | undefined;
  writer.enter();
  writer.spend(costs.collection);
  const start = writer.beginExtension(extensionTypes.map);
  writer.mapHeader(mapSize.call(map));
  try {
    mapForEach.call(map, (value, name) => {
      at = undefined; // that there are too many is nothing of this one
      writer.spend(hashCost(name));
      at = typeof name === 'string' ? name : index;
      write(writer, name);
      write(writer, value);
      index++;
    });
  } catch (thrown) {
    throw Unwritable.within(thrown, map, at);
  }
  writer.endExtension(start);
  writer.depth--;
}

function writeSet(writer: Writer, set: ReadonlySet<unknown>): void {
  let index = 0;
  let at: number | undefined;
  writer.enter();
  writer.spend(costs.collection);
  const start = writer.beginExtension(extensionTypes.set);
  writer.arrayHeader(setSize.call(set));
  try {
    setForEach.call(set, (value) => {
      at = undefined;
      writer.spend(hashCost(value));
      at = index++;
      write(writer, value);
    });
  } catch (thrown) {
    throw Unwritable.within(thrown, set, at);
  }
  writer.endExtension(start);
  writer.depth--;
}

// Own methods of a subclass are not asked.
const mapSize = Object.getOwnPropertyDescriptor(Map.prototype, 'size')!.get!;
const setSize = Object.getOwnPropertyDescriptor(Set.prototype, 'size')!.get!;
const mapForEach = Map.prototype.forEach;
const setForEach = Set.prototype.forEach;

function writeError(writer: Writer, error: Error): void {
  if (writer.errors === undefined) throw new Unwritable('invalid_argument', 'is an error, for which there is no codec here');
  writeWireError(writer, writer.errors.encode(error));
}

function writeWireError(writer: Writer, error: WireError): void {
  writer.enter();
  writer.spend(costs.error);
  const start = writer.beginExtension(extensionTypes.error);
  writer.string(error.name);
  writer.string(error.code);
  writer.string(error.message);
  try {
    write(writer, error.fields ?? null);
  } catch (thrown) {
    throw Unwritable.within(thrown, error, 'fields');
  }
  if (error.cause === undefined) writer.u8(0xc0);
  else writeWireError(writer, error.cause);
  writer.endExtension(start);
  writer.depth--;
}
