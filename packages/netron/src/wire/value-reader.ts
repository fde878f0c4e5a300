/**
 * Reads values from bytes within the budget of a reader. One recursive descent: each type of container calls `readValue` for its contents,
 * so that they share one file.
 */
import { needs } from '../errors/missing-part.js';
import type { WireError } from '../errors/wire-error.js';
import { costs } from './costs.js';
import { readDate } from './date.js';
import { extensionTypes } from './extension-types.js';
import { handleTypes } from './handles.js';
import { maxDepth } from './limits.js';
import { malformed } from './malformed.js';
import { type Reader, truncated } from './reader.js';

/**
 * Reads one value.
 *
 * @throws NetronError `invalid_argument` when the bytes are not a value, `resource_exhausted` when a limit is exceeded; never any other
 *   error
 */
export function readValue(reader: Reader): unknown {
  const { position } = reader;
  if (position >= reader.end) throw truncated();
  const type = reader.bytes[position]!;
  reader.position = position + 1;
  if (type < 0x80) return type;
  if (type < 0x90) return readRecord(reader, type & 0x0f);
  if (type < 0xa0) return readArray(reader, type & 0x0f);
  if (type < 0xc0) return reader.text(type & 0x1f);
  if (type >= 0xe0) return type - 0x100;
  switch (type) {
    case 0xc0:
      return null;
    case 0xc2:
      return false;
    case 0xc3:
      return true;
    case 0xc4:
    case 0xc5:
    case 0xc6:
      return readBinary(reader, reader.length(1 << (type - 0xc4)));
    case 0xc7:
    case 0xc8:
    case 0xc9:
      return readExtension(reader, reader.length(1 << (type - 0xc7)));
    case 0xca:
      return reader.float(4);
    case 0xcb:
      return reader.float(8);
    case 0xcc:
    case 0xcd:
    case 0xce:
      return reader.length(1 << (type - 0xcc));
    case 0xcf:
      return readInt64(reader, false);
    case 0xd0:
      return (reader.length(1) << 24) >> 24;
    case 0xd1:
      return (reader.length(2) << 16) >> 16;
    case 0xd2:
      return reader.length(4) | 0;
    case 0xd3:
      return readInt64(reader, true);
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8:
      return readExtension(reader, 1 << (type - 0xd4));
    case 0xd9:
    case 0xda:
    case 0xdb:
      return reader.text(reader.length(1 << (type - 0xd9)));
    case 0xdc:
    case 0xdd:
      return readArray(reader, reader.length(2 << (type - 0xdc)));
    case 0xde:
    case 0xdf:
      return readRecord(reader, reader.length(2 << (type - 0xde)));
  }
  throw malformed('a byte that does not start a value');
}

function readBinary(reader: Reader, size: number): Uint8Array {
  reader.spend(costs.binary);
  return reader.binary(size);
}

/** Adds a container that starts; the outermost one starts a value. */
export function beginContainer(reader: Reader, container: object): void {
  if (reader.graph === undefined) return;
  if (reader.depthLeft >= outermostDepth(reader) - 1) reader.graph.length = 0;
  reader.graph.push(container);
}

/** Returns the levels left at the top of a value. */
export function outermostDepth({ limits }: Reader): number {
  return Math.min(limits.depth, maxDepth);
}

/** Reads `count` values. */
export function readArray(reader: Reader, count: number, into?: object): unknown[] {
  if (count > reader.end - reader.position) throw truncated();
  reader.enter();
  reader.spend(count);
  const array: unknown[] = new Array(count);
  beginContainer(reader, into ?? array);
  for (let index = 0; index < count; index++) {
    if (reader.bytes[reader.position] === 0xd4 && isHole(reader)) continue;
    array[index] = readValue(reader);
  }
  reader.depthLeft++;
  return array;
}

/** Skips a hole of an array; returns whether there was one. */
function isHole(reader: Reader): boolean {
  const { bytes, position } = reader;
  if (bytes[position + 1] !== extensionTypes.hole || position + 3 > reader.end) return false;
  if (bytes[position + 2] !== 0) throw malformed('a hole with content');
  reader.position = position + 3;
  return true;
}

const lastIndex = '4294967294';

function readRecord(reader: Reader, count: number): Record<string, unknown> {
  if (count * 2 > reader.end - reader.position) throw truncated();
  reader.enter();
  reader.spend(count);
  const { shapes } = reader;
  const looked = shapes.looks(reader.limits.elements - reader.elementsLeft);
  let shape = 0;
  const record = shapes.record();
  beginContainer(reader, record);
  let dense = true;
  for (let index = 0; index < count; index++) {
    const key = readKey(reader);
    const value = readValue(reader);
    // An object with a function `then` would be treated as a promise.
    if (typeof value === 'function' && key === 'then') throw malformed('a function named then');
    if (dense && key.charCodeAt(0) <= 0x39 && Number(key) >= count * 2 + 8) {
      // One property named "1000" would make V8 reserve 12 KB. With an index beyond its range, it keeps a hash table.
      record[lastIndex] = 0;
      delete record[lastIndex];
      dense = false;
    }
    if (looked) shape = shapes.with(shape, key);
    record[key] = value;
  }
  if (looked) shapes.add(shape);
  reader.depthLeft++;
  return record;
}

function readKey(reader: Reader): string {
  const { bytes, position, keys } = reader;
  const type = bytes[position]!;
  const size = type - 0xa0;
  const start = position + 1;
  if (size > 0 && size < 32 && start + size <= reader.end) {
    const known = keys.find(bytes, start, size);
    if (known !== undefined) {
      reader.position = start + size;
      return known;
    }
  }
  const key = reader.string();
  if (key === '__proto__') throw malformed('a property named __proto__');
  if (size > 0 && size < 32) keys.add(bytes, start, size, key);
  return key;
}

function readExtension(reader: Reader, size: number): unknown {
  const outer = reader.end;
  const type = (reader.u8() << 24) >> 24;
  const end = reader.position + size;
  if (end > outer) throw truncated();
  reader.end = end;
  const value = readBody(reader, type);
  if (reader.position !== end) throw malformed('an extension that is longer than its content');
  reader.end = outer;
  return value;
}

function readBody(reader: Reader, type: number): unknown {
  switch (type) {
    case extensionTypes.undefined:
      if (reader.end - reader.position !== 1 || reader.u8() !== 0) throw malformed('an undefined with content');
      return undefined;
    case extensionTypes.timestamp:
      return readDate(reader);
    case extensionTypes.error:
      return readError(reader);
    case handleTypes.reference:
    case handleTypes.stream:
    case handleTypes.blob:
    case handleTypes.own:
    case handleTypes.result:
      if (reader.handles === undefined) throw malformed('an unexpected handle');
      // Two of them may become the same object.
      reader.replaced = true;
      return reader.handles.decode(type, reader);
  }
  return reader.values === undefined ? passOver(reader, reader.end - reader.position) : reader.values.read(reader, type);
}

/** Skips a value whose type this end does not support. */
function passOver(reader: Reader, size: number): undefined {
  reader.skip(size);
  // In a hello there is no call to fail.
  return reader.handles && reader.refuse(`a value of a type that requires ${needs('values')}`, 'failed_precondition');
}

function readInt64(reader: Reader, signed: boolean): bigint | undefined {
  return reader.values === undefined ? passOver(reader, 8) : reader.values.readInteger64(reader, signed);
}

function readError(reader: Reader): Error {
  const { errors } = reader;
  if (errors === undefined) throw malformed('an unexpected error');
  return errors.decode(readWireError(reader));
}

function readWireError(reader: Reader): WireError {
  reader.enter();
  reader.spendCostly(costs.error);
  const name = reader.string();
  const code = reader.string();
  const message = reader.string();
  const fields = readFields(reader);
  const cause = readCause(reader);
  reader.depthLeft++;
  return { name, code, message, ...(fields && { fields }), ...(cause && { cause }) };
}

function readFields(reader: Reader): Record<string, unknown> | undefined {
  const type = reader.bytes[reader.position]!;
  const value = readValue(reader);
  if (value === null) return undefined;
  if (type >> 4 !== 8 && type !== 0xde && type !== 0xdf) throw malformed('an error whose fields are not a map');
  return value as Record<string, unknown>;
}

/** Reads a cause, which is written as an error but becomes an object only when the codec creates it. */
function readCause(reader: Reader): WireError | undefined {
  const type = reader.u8();
  if (type === 0xc0) return undefined;
  const fixed = type >= 0xd4 && type <= 0xd8;
  if (!fixed && (type < 0xc7 || type > 0xc9)) throw malformed('an error whose cause is not an error');
  const size = fixed ? 1 << (type - 0xd4) : reader.length(1 << (type - 0xc7));
  const outer = reader.end;
  if (reader.u8() !== extensionTypes.error) throw malformed('an error whose cause is not an error');
  const end = reader.position + size;
  if (end > outer) throw truncated();
  reader.end = end;
  const cause = readWireError(reader);
  if (reader.position !== end) throw malformed('an extension that is longer than its content');
  reader.end = outer;
  return cause;
}
