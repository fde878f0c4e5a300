import { copyOf, decodeText, viewOf } from '#platform';
import type { ErrorCodec, WireError } from '../errors/wire-error.js';
import { readBigInt, readInteger64 } from './big-integer.js';
import { costs, hashCost } from './costs.js';
import { readDate } from './date.js';
import { extensionTypes } from './extension-types.js';
import { type HandleDecoder, handleTypes } from './handles.js';
import { KeyCache } from './key-cache.js';
import { defaultLimits, type Limits, maxDepth } from './limits.js';
import { exhausted, malformed } from './malformed.js';
import { readTemporal } from './temporal.js';
import { readArrayBuffer } from './typed-array.js';
import { getU32 } from './u32.js';
import { readUrl } from './url.js';

const scratch = new Float64Array(1);
const scratchBytes = new Uint8Array(scratch.buffer);
const scratch32 = new Float32Array(scratch.buffer);
const nothing = new Uint8Array(0);
/** Up to this many bytes, a loop over them is faster than a call into native code. */
const shortText = 12;
/** Byte arrays from this size on are views of the message; smaller ones are copied, so as not to keep it alive. */
export const viewFrom = 4096;

/**
 * Reads values from one message at a time, within a budget. May be used for any number of messages, also after one that
 * made it throw: `load` starts afresh. Sharing one among connections is fine, since reading never waits.
 */
export class Reader {
  bytes: Uint8Array = nothing;
  position = 0;
  /** Where the message, or the extension being read, ends. */
  end = 0;
  /** How many more elements and packets this message may hold. */
  elementsLeft = 0;
  /** How many more levels may be nested in the value being read. */
  depthLeft = 0;
  handles: HandleDecoder | undefined = undefined;
  errors: ErrorCodec | undefined = undefined;
  /** What this end accepts. */
  limits: Readonly<Limits>;
  readonly keys: KeyCache;

  /** @param keys names seen before, of this and other readers; its own when not given */
  constructor(limits: Readonly<Limits> = defaultLimits, keys = new KeyCache()) {
    this.limits = limits;
    this.keys = keys;
  }

  /**
   * Starts on a new message, with a full budget. Values may keep views of `bytes`.
   *
   * @throws NetronError `resource_exhausted` when it is longer than `limits.message`
   */
  load(bytes: Uint8Array): void {
    const { limits } = this;
    if (bytes.length > limits.message) throw exhausted(`${bytes.length} bytes exceed the limit of ${limits.message}`);
    this.bytes = bytes;
    this.position = 0;
    this.end = bytes.length;
    this.elementsLeft = limits.elements;
    this.depthLeft = Math.min(limits.depth, maxDepth);
  }

  /** Takes elements from the budget, before they are built. */
  spend(elements: number): void {
    this.elementsLeft -= elements;
    if (this.elementsLeft < 0) throw exhausted(`more than ${this.limits.elements} elements`);
  }

  /** Goes one level down. */
  enter(): void {
    if (--this.depthLeft < 0) throw exhausted(`more than ${this.limits.depth} levels of nesting`);
  }

  /** One byte. */
  u8(): number {
    if (this.position >= this.end) throw truncated();
    return this.bytes[this.position++]!;
  }

  /** An unsigned LEB128 integer, at most 2^53−1, in its shortest form. */
  varint(): number {
    const { bytes, end } = this;
    let at = this.position;
    if (at >= end) throw truncated();
    let byte = bytes[at++]!;
    if (byte < 0x80) {
      this.position = at;
      return byte;
    }
    let result = byte & 0x7f;
    let scale = 0x80;
    for (;;) {
      if (at >= end) throw truncated();
      byte = bytes[at++]!;
      result += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
      scale *= 0x80;
      if (scale > 2 ** 49) throw malformed('an integer of more than 53 bits');
    }
    if (byte === 0 || result > Number.MAX_SAFE_INTEGER) throw malformed('an integer in a form that is not accepted');
    this.position = at;
    return result;
  }

  /** A MessagePack str. */
  string(): string {
    const type = this.u8();
    if (type >= 0xa0 && type < 0xc0) return this.text(type & 0x1f);
    if (type < 0xd9 || type > 0xdb) throw malformed('not a text');
    return this.text(this.length(1 << (type - 0xd9)));
  }

  /** `size` bytes of UTF-8. */
  text(size: number): string {
    const { bytes, position } = this;
    const end = position + size;
    if (end > this.end) throw truncated();
    this.position = end;
    if (size <= shortText) {
      const text = shortAscii(bytes, position, end);
      if (text !== undefined) return text;
    }
    const text = decodeText(bytes, position, end);
    if (text === undefined) throw malformed('a text that is not UTF-8');
    return text;
  }

  /** `size` bytes: a copy when few, else a view of the message. A Node `Buffer` where there is such a thing. */
  binary(size: number): Uint8Array {
    const { bytes, position } = this;
    const end = position + size;
    if (end > this.end) throw truncated();
    this.position = end;
    return size >= viewFrom ? viewOf(bytes, position, size) : copyOf(bytes, position, size);
  }

  /** Passes over bytes. */
  skip(size: number): void {
    if (size > this.end - this.position) throw truncated();
    this.position += size;
  }

  /** A big-endian unsigned integer of 1, 2 or 4 bytes. */
  length(width: number): number {
    const { bytes, position } = this;
    if (position + width > this.end) throw truncated();
    this.position = position + width;
    if (width === 1) return bytes[position]!;
    if (width === 2) return (bytes[position]! << 8) | bytes[position + 1]!;
    return getU32(bytes, position);
  }

  /** A big-endian float of 4 or 8 bytes. */
  float(width: 4 | 8): number {
    const { bytes, position } = this;
    if (position + width > this.end) throw truncated();
    this.position = position + width;
    for (let index = 0; index < width; index++) scratchBytes[width - 1 - index] = bytes[position + index]!;
    return width === 8 ? scratch[0]! : scratch32[0]!;
  }
}

function truncated(): Error {
  return malformed('it ends too early');
}

/**
 * Up to 12 bytes of ASCII, `undefined` when there are others. Longer texts would be ropes, which take several times the
 * memory, and are faster by native code.
 */
function shortAscii(bytes: Uint8Array, start: number, end: number): string | undefined {
  const size = end - start;
  if (size >= 4) {
    const a = bytes[start]!;
    const b = bytes[start + 1]!;
    const c = bytes[start + 2]!;
    const d = bytes[start + 3]!;
    if ((a | b | c | d) > 0x7f) return undefined;
    if (size === 4) return String.fromCharCode(a, b, c, d);
    if (size < 8) {
      const tail = shortAscii(bytes, start + 4, end);
      return tail === undefined ? undefined : String.fromCharCode(a, b, c, d) + tail;
    }
    const e = bytes[start + 4]!;
    const f = bytes[start + 5]!;
    const g = bytes[start + 6]!;
    const h = bytes[start + 7]!;
    if ((e | f | g | h) > 0x7f) return undefined;
    if (size === 8) return String.fromCharCode(a, b, c, d, e, f, g, h);
    const tail = shortAscii(bytes, start + 8, end);
    return tail === undefined ? undefined : String.fromCharCode(a, b, c, d, e, f, g, h) + tail;
  }
  if (size === 0) return '';
  const a = bytes[start]!;
  if (size === 1) return a > 0x7f ? undefined : String.fromCharCode(a);
  const b = bytes[start + 1]!;
  if (size === 2) return (a | b) > 0x7f ? undefined : String.fromCharCode(a, b);
  const c = bytes[start + 2]!;
  return (a | b | c) > 0x7f ? undefined : String.fromCharCode(a, b, c);
}

/**
 * Reads one value.
 *
 * @throws NetronError `invalid_argument` when the bytes are not a value, `resource_exhausted` when a limit is exceeded;
 *   never anything else
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
  throw malformed('a byte that starts no value');
}

function readBinary(reader: Reader, size: number): Uint8Array {
  reader.spend(costs.binary);
  return reader.binary(size);
}

function readInt64(reader: Reader, signed: boolean): bigint {
  const { bytes, position } = reader;
  if (position + 8 > reader.end) throw truncated();
  reader.position = position + 8;
  return readInteger64(bytes, position, signed);
}

/** Reads `count` values. */
export function readArray(reader: Reader, count: number): unknown[] {
  if (count > reader.end - reader.position) throw truncated();
  reader.enter();
  reader.spend(count);
  const array: unknown[] = new Array(count);
  for (let index = 0; index < count; index++) array[index] = readValue(reader);
  reader.depthLeft++;
  return array;
}

const lastIndex = '4294967294';

function readRecord(reader: Reader, count: number): Record<string, unknown> {
  if (count * 2 > reader.end - reader.position) throw truncated();
  reader.enter();
  reader.spend(count);
  const record: Record<string, unknown> = {};
  let dense = true;
  for (let index = 0; index < count; index++) {
    const key = readKey(reader);
    const value = readValue(reader);
    // A8: an object that answers to "then" would be taken for a promise.
    if (typeof value === 'function' && key === 'then') throw malformed('a function named then');
    if (dense && key.charCodeAt(0) <= 0x39 && Number(key) >= count * 2 + 8) {
      // One property named "1000" would make V8 reserve 12 KB. After an index out of its range it keeps a hash table.
      record[lastIndex] = 0;
      delete record[lastIndex];
      dense = false;
    }
    record[key] = value;
  }
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
      if (reader.end - reader.position !== 1 || reader.u8() !== 0) throw malformed('an undefined that has a content');
      return undefined;
    case extensionTypes.timestamp:
      return readDate(reader);
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
    case extensionTypes.error:
      return readError(reader);
    case extensionTypes.temporal:
      return readTemporal(reader);
    case handleTypes.reference:
    case handleTypes.stream:
    case handleTypes.blob:
    case handleTypes.own:
      if (reader.handles === undefined) throw malformed('a handle where none is accepted');
      return reader.handles.decode(type, reader);
  }
  throw malformed('an extension of an unknown type');
}

function readMap(reader: Reader): Map<unknown, unknown> {
  const type = reader.u8();
  const count = type >> 4 === 8 ? type & 0x0f : type >> 1 === 0xde >> 1 ? reader.length(2 << (type - 0xde)) : -1;
  if (count < 0) throw malformed('a Map without its entries');
  if (count * 2 > reader.end - reader.position) throw truncated();
  reader.enter();
  reader.spend(count + costs.collection);
  const map = new Map<unknown, unknown>();
  for (let index = 0; index < count; index++) {
    const key = readValue(reader);
    reader.spend(hashCost(key));
    map.set(key, readValue(reader));
  }
  if (map.size !== count) throw malformed('a Map with the same key twice');
  reader.depthLeft++;
  return map;
}

function readSet(reader: Reader): Set<unknown> {
  const type = reader.u8();
  const count = type >> 4 === 9 ? type & 0x0f : type >> 1 === 0xdc >> 1 ? reader.length(2 << (type - 0xdc)) : -1;
  if (count < 0) throw malformed('a Set without its elements');
  reader.spend(costs.collection);
  const values = readArray(reader, count);
  for (const value of values) reader.spend(hashCost(value));
  const set = new Set<unknown>(values);
  if (set.size !== count) throw malformed('a Set with the same element twice');
  return set;
}

function readError(reader: Reader): Error {
  const { errors } = reader;
  if (errors === undefined) throw malformed('an error where none is accepted');
  return errors.decode(readWireError(reader));
}

function readWireError(reader: Reader): WireError {
  reader.enter();
  reader.spend(costs.error);
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

/** A cause is written as an error in turn, but is not an object of its own before the codec says so. */
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
