/**
 * Receives any value, hands it to a `Writer` in the form that docs/protocol.md gives it. One recursive descent: each type
 * of container comes back to `write` for what it holds, so they stand in one file.
 */
import type { WireError } from '../errors/wire-error.js';
import { writeBigInt } from './big-integer.js';
import { boxOfOne, unboxed } from './boxed.js';
import { costs, hashCost } from './costs.js';
import { writeDate } from './date.js';
import { extensionTypes } from './extension-types.js';
import { builtInKind, dataOf, otherKind, tagOf } from './instance-kind.js';
import { methodOf } from './instances.js';
import { writeRegExp } from './regexp.js';
import { wellFormed } from './surrogates.js';
import { writeTemporal } from './temporal.js';
import { writeArrayBuffer, writeBytes } from './typed-array.js';
import { Unwritable } from './unwritable.js';
import { writeUrl } from './url.js';
import { valueFeatures } from './value-features.js';
import type { ValueType } from './value-types.js';
import { writeWebList } from './web-lists.js';
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
  if (depth === 0) writer.graph.clear();
  try {
    write(writer, value);
    if (writer.position > writer.limits.message) throw tooLong(writer.limits, writer.position);
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
      writeFunction(writer, value);
      break;
    default:
      throw new Unwritable('invalid_argument', `is a ${typeof value}`);
  }
}

/** @param holder the plain object that has the function as a field, and is `this` when it is called */
function writeFunction(writer: Writer, value: object, holder?: object): void {
  if (writer.handles?.encode(value, writer, holder) !== true) throw new Unwritable('invalid_argument', 'is a function');
}

/**
 * Writes the number of a container that stands in the value already.
 *
 * @returns `false` when it does not, or the receiver reads no cycles
 */
function writeKnown(writer: Writer, container: object): boolean {
  if ((writer.features & valueFeatures.graphs) === 0) return false;
  const number = writer.graph.add(container);
  if (number === undefined) return false;
  writer.needed |= valueFeatures.graphs;
  const start = writer.beginExtension(extensionTypes.reference);
  writer.number(number);
  writer.endExtension(start);
  return true;
}

function writeArray(writer: Writer, array: readonly unknown[]): void {
  if (writeKnown(writer, array)) return;
  const { length } = array;
  let index = 0;
  writer.enter();
  // A proxy may say anything.
  if (length >>> 0 !== length) throw new Unwritable('invalid_argument', 'is an array whose length is none');
  writer.arrayHeader(length);
  try {
    for (; index < length; index++) {
      const value = array[index];
      if (value === undefined && !(index in array)) writeHole(writer);
      else write(writer, value);
    }
  } catch (thrown) {
    throw Unwritable.within(thrown, array, index);
  }
  writer.depth--;
}

const iterate = Symbol.asyncIterator;

function writeHole(writer: Writer): void {
  if ((writer.features & valueFeatures.values) === 0) return write(writer, undefined);
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

function writeRecord(writer: Writer, record: Readonly<Record<string, unknown>>): void {
  writeFields(writer, record, Object.keys(record), false);
}

/** @param instance of a class: its functions are not called from afar */
function writeFields(
  writer: Writer,
  record: Readonly<Record<string, unknown>>,
  keys: readonly string[],
  instance: boolean,
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
      if (key === '__proto__') throw new Unwritable('invalid_argument', 'has a name that is never accepted');
      writer.string(key);
      const value = record[key];
      if (typeof value === 'function') {
        if (instance) throw new Unwritable('invalid_argument', methodOf(record));
        if (writer.handles?.owns(record) === true) return writeOwned(writer, record, position, elements);
        if (key === 'then') throw new Unwritable('invalid_argument', 'is a function that would turn the object into a promise');
      }
      if (typeof value === 'function') writeFunction(writer, value, record);
      else write(writer, value);
    }
  } catch (thrown) {
    throw Unwritable.within(thrown, record, key);
  }
  writer.depth--;
}

/** A plain object that turned out to be a service: it goes by reference, and what was written of it is taken back. */
function writeOwned(writer: Writer, record: object, position: number, elements: number): void {
  writer.handles?.retract?.(position);
  writer.graph.retract(record);
  writer.position = position;
  writer.elements = elements;
  writer.depth--;
  writer.handles?.encode(record, writer);
}

/** Objects with a prototype of their own: registered types, built-in value types, handles, and at last instances of classes. */
function writeInstance(writer: Writer, object: object, prototype: object): void {
  const type = writer.types?.of(object);
  if (type !== undefined) return writeRegistered(writer, object, type);
  const kind = builtInKind(object, prototype);
  if (kind !== undefined) return writeKind(writer, object, kind);
  if (writer.handles?.encode(object, writer) === true) return;
  if (!writeTemporal(writer, object) && !writeWebList(writer, object)) writeKind(writer, object, otherKind(object, prototype));
}

function writeKind(writer: Writer, object: object, kind: ReturnType<typeof otherKind>): void {
  switch (kind) {
    case 'bytes':
      return writeBytes(writer, object as Uint8Array);
    case 'date':
      return writeDate(writer, object as Date);
    case 'map':
      return writeMap(writer, object as Map<unknown, unknown>);
    case 'set':
      return writeSet(writer, object as Set<unknown>);
    case 'error':
      return writeError(writer, object as Error);
    case 'url':
      return writeUrl(writer, object as URL);
    case 'array':
      return writeArrayBuffer(writer, object as ArrayBuffer);
    case 'regexp':
      return writeRegExp(writer, object as RegExp);
    case 'boxed':
      return writeBoxed(writer, object);
    case 'record':
      return writeRecord(writer, object as Record<string, unknown>);
    case 'data':
      return writeData(writer, object);
  }
}

/** Instances of classes: as `toJSON` says, or by their fields when these are all there is. */
function writeData(writer: Writer, object: object): void {
  const data = dataOf(object);
  if ('keys' in data) return writeFields(writer, object as Record<string, unknown>, data.keys, true);
  writer.enter();
  write(writer, data.json);
  writer.depth--;
}

function writeBoxed(writer: Writer, object: object): void {
  const value = unboxed(object);
  writer.need(valueFeatures.values, `is a boxed ${tagOf(object)}`);
  writer.spend(costs.boxed);
  const start = writer.beginExtension(extensionTypes.boxed);
  writer.u8(boxOfOne);
  write(writer, value);
  writer.endExtension(start);
}

/** An instance of a class that the program has registered: the type's name and what its `encode` gives. */
function writeRegistered(writer: Writer, object: object, type: ValueType): void {
  writer.need(valueFeatures.values, `is a ${type.name}`);
  writer.enter();
  writer.spend(costs.registered);
  const start = writer.beginExtension(extensionTypes.registered);
  writer.string(type.name);
  write(writer, type.encode(object));
  writer.endExtension(start);
  writer.depth--;
}

function writeMap(writer: Writer, map: ReadonlyMap<unknown, unknown>): void {
  if (writeKnown(writer, map)) return;
  // As it stands now: writing a value may run code of the program that changes the map.
  const entries: unknown[] = [];
  let at: string | number | undefined;
  mapForEach.call(map, (value, name) => entries.push(name, value));
  writer.enter();
  writer.spend(costs.collection);
  const start = writer.beginExtension(extensionTypes.map);
  writer.mapHeader(entries.length / 2);
  try {
    for (let index = 0; index < entries.length; index += 2) {
      const name = entries[index];
      at = undefined; // that there are too many is nothing of this one
      writer.spendCostly(hashCost(name));
      at = typeof name === 'string' ? name : index / 2;
      write(writer, name);
      write(writer, entries[index + 1]);
    }
  } catch (thrown) {
    throw Unwritable.within(thrown, map, at);
  }
  writer.endExtension(start);
  writer.depth--;
}

function writeSet(writer: Writer, set: ReadonlySet<unknown>): void {
  if (writeKnown(writer, set)) return;
  const values: unknown[] = [];
  let at: number | undefined;
  setForEach.call(set, (value) => values.push(value));
  writer.enter();
  writer.spend(costs.collection);
  const start = writer.beginExtension(extensionTypes.set);
  writer.arrayHeader(values.length);
  try {
    for (let index = 0; index < values.length; index++) {
      at = undefined;
      writer.spendCostly(hashCost(values[index]));
      at = index;
      write(writer, values[index]);
    }
  } catch (thrown) {
    throw Unwritable.within(thrown, set, at);
  }
  writer.endExtension(start);
  writer.depth--;
}

// Own methods of a subclass are not asked.
const mapForEach = Map.prototype.forEach;
const setForEach = Set.prototype.forEach;

function writeError(writer: Writer, error: Error): void {
  if (writer.errors === undefined) throw new Unwritable('invalid_argument', 'is an error, for which there is no codec here');
  writeWireError(writer, writer.errors.encodeData?.(error) ?? writer.errors.encode(error));
}

/**
 * Writes what was thrown: of an error only what its class declares.
 *
 * @throws NetronError as `writeValue`
 */
export function writeThrown(writer: Writer, thrown: unknown): void {
  const { depth } = writer;
  try {
    if (writer.errors === undefined) throw new Unwritable('invalid_argument', 'is an error, for which there is no codec here');
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
    write(writer, error.fields ?? null);
  } catch (thrown) {
    throw Unwritable.within(thrown, error, 'fields');
  }
  if (error.cause === undefined) writer.u8(0xc0);
  else writeWireError(writer, error.cause);
  writer.endExtension(start);
  writer.depth--;
}
