/**
 * Value types beyond the plain ones, which `value-writer.ts` and `value-reader.ts` do not handle. Each has a file of its own; containers
 * call the writer and the reader for their contents.
 */

import { described } from '../util/check.js';
import { readBigInt, readInteger64, writeBigInt } from './big-integer.js';
import { boxed, boxOfOne, unboxed } from './boxed.js';
import { readMap, readSet, writeMap, writeSet } from './collections.js';
import { costs } from './costs.js';
import { readCutText, writeCutText } from './cut-text.js';
import { writeDate } from './date.js';
import type { ValueDecoder, ValueEncoder } from './extended-values.js';
import { extensionTypes } from './extension-types.js';
import { builtInKind, dataOf, otherKind, tagOf } from './instance-kind.js';
import { methodOf } from './instances.js';
import { readKnown, writeNumberOf } from './known-containers.js';
import type { Limits } from './limits.js';
import { malformed } from './malformed.js';
import { Reader } from './reader.js';
import { readRegExp, writeRegExp } from './regexp.js';
import { readRegistered, writeRegistered } from './registered.js';
import { readTemporal, writeTemporal } from './temporal.js';
import { readArrayBuffer, writeArrayBuffer } from './typed-array.js';
import { readUrl, writeUrl } from './url.js';
import { readableFeatures, valueFeatures } from './value-features.js';
import { readValue } from './value-reader.js';
import type { ValueTypes } from './value-types.js';
import { writeAny, writeBytes, writeError, writeFields, writeRecord } from './value-writer.js';
import { readWebList, writeWebList } from './web-lists.js';
import { Writer } from './writer.js';

/** Writes and reads further value types. */
export interface ExtendedValues extends ValueEncoder<Writer>, ValueDecoder<Reader> {}

export class RichValues implements ExtendedValues {
  /** Classes whose instances are sent as values of their own. */
  readonly types: ValueTypes | undefined;

  /** @throws TypeError when `types` is not a `ValueTypes` */
  constructor(types?: ValueTypes) {
    if (types !== undefined && typeof types?.of !== 'function')
      throw new TypeError(`types must be an instance of ValueTypes, not ${described(types)}`);
    this.types = types;
  }

  features(): readonly string[] {
    return readableFeatures();
  }

  writeRegistered(writer: Writer, object: object): boolean {
    return writeRegistered(writer, object, this.types);
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
    return writeNumberOf(writer, container);
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
        if (reader.u8() !== boxOfOne) throw malformed('an invalid boxed value');
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

/** Returns a writer of all values. @param size bytes of the first buffer */
export function richWriter(size?: number, limits?: Readonly<Limits>): Writer {
  return Object.assign(new Writer(size, limits), { values: richValues });
}

/** Returns a reader of all values. */
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

/** Writes class instances: by their `toJSON`, or by their properties when those are complete. */
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
