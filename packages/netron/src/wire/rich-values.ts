/**
 * Values besides plain ones: receives those that `value-writer.ts` and `value-reader.ts` have no form for. Each is in a file of its
 * own, but for containers, which come back to the writer and the reader for what they hold.
 */

import { described } from '../util/check.js';
import { readBigInt, readInteger64, writeBigInt } from './big-integer.js';
import { boxed, boxOfOne, unboxed } from './boxed.js';
import { costs, hashCost } from './costs.js';
import { readCutText, writeCutText } from './cut-text.js';
import { writeDate } from './date.js';
import type { ValueDecoder, ValueEncoder } from './extended-values.js';
import { extensionTypes } from './extension-types.js';
import { builtInKind, dataOf, otherKind, tagOf } from './instance-kind.js';
import { methodOf } from './instances.js';
import type { Limits } from './limits.js';
import { malformed } from './malformed.js';
import { ObjectGraph } from './object-graph.js';
import { Reader, truncated } from './reader.js';
import { readRegExp, writeRegExp } from './regexp.js';
import { readTemporal, writeTemporal } from './temporal.js';
import { readArrayBuffer, writeArrayBuffer } from './typed-array.js';
import { Unwritable } from './unwritable.js';
import { readUrl, writeUrl } from './url.js';
import { readableFeatures, valueFeatures } from './value-features.js';
import { beginContainer, outermostDepth, readArray, readValue } from './value-reader.js';
import type { ValueTypes } from './value-types.js';
import { writeAny, writeBytes, writeError, writeFields, writeKnown, writeRecord } from './value-writer.js';
import { readWebList, writeWebList } from './web-lists.js';
import { Writer } from './writer.js';

/** Writes and reads values besides plain ones. */
export interface ExtendedValues extends ValueEncoder<Writer>, ValueDecoder<Reader> {}

export class RichValues implements ExtendedValues {
  /** Classes whose instances travel as values of their own. */
  readonly types: ValueTypes | undefined;

  /** @throws TypeError when `types` are none */
  constructor(types?: ValueTypes) {
    if (types !== undefined && typeof types?.of !== 'function')
      throw new TypeError(`expected types to be of class ValueTypes, got ${described(types)}`);
    this.types = types;
  }

  features(): readonly string[] {
    return readableFeatures();
  }

  writeRegistered(writer: Writer, object: object): boolean {
    const type = this.types?.of(object);
    if (type === undefined) return false;
    writer.need(valueFeatures.values, `is a ${type.name}`);
    writer.enter();
    writer.spend(costs.registered);
    const start = writer.beginExtension(extensionTypes.registered);
    writer.string(type.name);
    writer.sealed++;
    writeAny(writer, type.encode(object));
    writer.sealed--;
    writer.endExtension(start);
    writer.depth--;
    return true;
  }

  writeInstance(writer: Writer, object: object, prototype: object): void {
    const kind = builtInKind(object, prototype);
    if (kind !== undefined) return writeKind(writer, object, kind);
    if (writer.handles?.encode(object, writer) === true) return;
    if (!writeTemporal(writer, object) && !writeWebList(writer, object)) writeKind(writer, object, otherKind(object, prototype));
  }

  writeBigInt(writer: Writer, value: bigint): void {
    writeBigInt(writer, value);
  }

  writeCutText(writer: Writer, text: string): void {
    writeCutText(writer, text);
  }

  writeKnown(writer: Writer, container: object): boolean {
    writer.graph ??= new ObjectGraph();
    const number = writer.graph.add(container);
    if (number === undefined) return false;
    writer.needed |= valueFeatures.graphs;
    const start = writer.beginExtension(extensionTypes.reference);
    writer.number(number);
    writer.endExtension(start);
    return true;
  }

  read(reader: Reader, type: number): unknown {
    switch (type) {
      case extensionTypes.map:
        return readMap(reader);
      case extensionTypes.set:
        return readSet(reader);
      case extensionTypes.bigint:
        return readBigInt(reader);
      case extensionTypes.array:
        return readArrayBuffer(reader);
      case extensionTypes.url:
        return readUrl(reader);
      case extensionTypes.temporal:
        return readTemporal(reader);
      case extensionTypes.text:
        return readCutText(reader, reader.end - reader.position);
      case extensionTypes.regexp:
        return readRegExp(reader);
      case extensionTypes.searchParams:
      case extensionTypes.headers:
        return readWebList(reader, type);
      case extensionTypes.boxed:
        if (reader.u8() !== boxOfOne) throw malformed('a boxed value that is none');
        return boxed(reader, readValue(reader));
      case extensionTypes.registered:
        return readRegistered(reader, this.types);
      case extensionTypes.reference:
        return readKnown(reader);
    }
    throw malformed('an extension of an unknown type');
  }

  readInteger64(reader: Reader, signed: boolean): bigint {
    const { bytes, position } = reader;
    reader.skip(8);
    return readInteger64(bytes, position, signed);
  }

  readCutText(reader: Reader, size: number): string {
    return readCutText(reader, size);
  }
}

/** Without registered classes. */
export const richValues: ExtendedValues = new RichValues();

/** A writer of all values. @param size bytes of the first buffer */
export function richWriter(size?: number, limits?: Readonly<Limits>): Writer {
  return Object.assign(new Writer(size, limits), { values: richValues });
}

/** A reader of all values. */
export function richReader(limits?: Readonly<Limits>): Reader {
  return Object.assign(new Reader(limits), { values: richValues });
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
  if ('keys' in data) return writeFields(writer, object as Record<string, unknown>, data.keys, methodOf);
  writer.enter();
  writeAny(writer, data.json);
  writer.depth--;
}

function writeBoxed(writer: Writer, object: object): void {
  const value = unboxed(object);
  writer.need(valueFeatures.values, `is a boxed ${tagOf(object)}`);
  writer.spend(costs.boxed);
  const start = writer.beginExtension(extensionTypes.boxed);
  writer.u8(boxOfOne);
  writeAny(writer, value);
  writer.endExtension(start);
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
      writeAny(writer, name);
      writeAny(writer, entries[index + 1]);
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
      writeAny(writer, values[index]);
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

/** An instance of a class that the program has registered. One that is not known here is refused by itself. */
function readRegistered(reader: Reader, types: ValueTypes | undefined): unknown {
  reader.enter();
  reader.spend(costs.registered);
  const name = reader.string();
  reader.sealed++;
  const data = readValue(reader);
  reader.sealed--;
  reader.depthLeft++;
  reader.replaced = true;
  const type = types?.named(name);
  if (type === undefined) return reader.refuse('a value of a type that is not registered here', 'unimplemented');
  try {
    return type.decode(data);
  } catch {
    return reader.refuse(`a ${type.name} that its type does not accept`);
  }
}

/** Returns a container that has begun before, in the value being read. */
function readKnown(reader: Reader): unknown {
  const number = readValue(reader);
  const inside = reader.depthLeft < outermostDepth(reader);
  const known = inside && typeof number === 'number' ? reader.graph?.[number] : undefined;
  if (known === undefined) throw malformed('a reference to nothing in its value');
  // Two elements of a Set may come to the same object.
  reader.replaced = true;
  return known;
}

function readMap(reader: Reader): Map<unknown, unknown> {
  const type = reader.u8();
  const count = type >> 4 === 8 ? type & 0x0f : type >> 1 === 0xde >> 1 ? reader.length(2 << (type - 0xde)) : -1;
  if (count < 0) throw malformed('a Map without its entries');
  if (count * 2 > reader.end - reader.position) throw truncated();
  reader.enter();
  reader.spend(count + costs.collection);
  const map = new Map<unknown, unknown>();
  beginContainer(reader, map);
  for (let index = 0; index < count; index++) {
    const key = readValue(reader);
    reader.spendCostly(hashCost(key));
    map.set(key, readValue(reader));
  }
  if (map.size !== count && !reader.replaced) throw malformed('a Map with the same key twice');
  reader.depthLeft++;
  return map;
}

function readSet(reader: Reader): Set<unknown> {
  const type = reader.u8();
  const count = type >> 4 === 9 ? type & 0x0f : type >> 1 === 0xdc >> 1 ? reader.length(2 << (type - 0xdc)) : -1;
  if (count < 0) throw malformed('a Set without its elements');
  reader.spend(costs.collection);
  const set = new Set<unknown>();
  const values = readArray(reader, count, set);
  for (let index = 0; index < count; index++) {
    if (!(index in values)) throw malformed('a Set with a hole');
    reader.spendCostly(hashCost(values[index]));
    set.add(values[index]);
  }
  if (set.size !== count && !reader.replaced) throw malformed('a Set with the same element twice');
  return set;
}
