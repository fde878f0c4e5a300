import { allocate } from '#platform';
import type { ErrorCodec } from '../errors/wire-error.js';
import type { BufferSource } from './buffer-source.js';
import { byteLength } from './byte-length.js';
import { costs } from './costs.js';
import type { ValueEncoder } from './extended-values.js';
import type { HandleEncoder } from './handles.js';
import { putExactHeader, putHeader } from './header.js';
import { baseLimits, type Limits, maxCostly, maxDepth } from './limits.js';
import { writeLongString } from './long-string.js';
import type { ObjectGraph } from './object-graph.js';
import type { Trace } from './trace.js';
import { exceeds, tooLong, Unwritable } from './unwritable.js';
import { allFeatures } from './value-features.js';
import { writeNumber } from './write-number.js';

const scratch = new Float64Array(1);
const scratchBytes = new Uint8Array(scratch.buffer);
const nothing = new Uint8Array(0);
/** Up to this many characters, a loop over them is faster than a native call. */
const shortText = 40;

/** Position of a packet in the output. */
export interface Mark {
  /** Number of the message, see `Writer.message`. */
  message: number;
  position: number;
}

/**
 * A growing buffer to which packets are appended. The bytes before `position` are valid. A write that throws leaves partial output behind:
 * the caller must undo it before writing more, see `rewind`.
 */
export class Writer {
  buffer: Uint8Array;
  position = 0;
  /** Increases with each message; tells whether earlier output is still in the buffer. */
  message = 0;
  /** Elements of containers and packets written since `reset`, counted like the receiver does (`Limits.elements`). */
  elements = 0;
  /** Number of containers around the value being written. */
  depth = 0;
  /** Number of these containers that the receiver converts at once: instances of registered classes. */
  sealed = 0;
  /** Default: buffers of its own. */
  buffers: BufferSource | undefined = undefined;
  handles: HandleEncoder<Writer> | undefined = undefined;
  errors: ErrorCodec | undefined = undefined;
  /** Encoder of further value types; absent for writers without them. */
  values: ValueEncoder<Writer> | undefined = undefined;
  /** Bits of `valueFeatures` that the receiver supports. */
  features: number = allFeatures;
  /** Bits of `valueFeatures` that were needed since `reset`. */
  needed = 0;
  /** Cost of values that the receiver takes long to build, since `reset`. */
  costly = 0;
  /** Whether references or streams were written since `reset`, which later packets may refer to. */
  tied = false;
  /** Trace that later calls may refer to. */
  trace: Trace | undefined = undefined;
  /** Containers of the value being written, in order; created when the receiver supports cycles. */
  graph: ObjectGraph | undefined = undefined;
  /** Limits that the receiver accepts. */
  limits: Readonly<Limits>;

  /** @param size bytes of the first buffer; 0 allocates it with the first write */
  constructor(size = 8192, limits: Readonly<Limits> = baseLimits) {
    this.buffer = size === 0 ? nothing : allocate(size);
    this.limits = limits;
  }

  /** Starts a new message, in `buffer` when given. */
  reset(buffer: Uint8Array = this.buffer): void {
    this.buffer = buffer;
    this.position = 0;
    this.message += 1;
    this.elements = 0;
    this.depth = 0;
    this.sealed = 0;
    this.needed = 0;
    this.costly = 0;
    this.tied = false;
    this.trace = undefined;
  }

  /** Undoes the output after `position`, at which `elements` had been counted. */
  rewind(position: number, elements: number): void {
    this.position = position;
    this.elements = elements;
    this.trace = undefined;
  }

  /**
   * Checks that the receiver supports a type of values.
   *
   * @param what describes the value in the error, for instance `is a RegExp`
   */
  need(feature: number, what: string): void {
    if ((this.features & feature) === 0) throw new Unwritable('invalid_argument', `${what}, which the receiver does not support`);
    this.needed |= feature;
  }

  /** Makes room for `size` more bytes. */
  ensure(size: number): void {
    if (this.position + size > this.buffer.length) this.grow(size);
  }

  private grow(size: number): void {
    if (this.position > this.limits.message) throw tooLong(this.limits, this.position + size);
    const needed = Math.max(this.position + size, this.buffer.length * 2, 1024);
    const larger = this.buffers?.take(needed) ?? allocate(needed);
    larger.set(this.buffer.subarray(0, this.position));
    this.buffers?.give(this.buffer);
    this.buffer = larger;
  }

  /** Writes one byte. */
  u8(n: number): void {
    if (this.position >= this.buffer.length) this.grow(1);
    this.buffer[this.position++] = n;
  }

  /** Writes an unsigned LEB128 integer, at most 2^53−1. */
  varint(n: number): void {
    if (this.position + 8 > this.buffer.length) this.grow(8);
    const { buffer } = this;
    while (n >= 0x80) {
      buffer[this.position++] = (n % 0x80) | 0x80;
      n = n < 0x8000_0000 ? n >>> 7 : Math.floor(n / 0x80);
    }
    buffer[this.position++] = n;
  }

  /** Writes bytes as they are. */
  bytes(bytes: Uint8Array): void {
    this.copy(bytes, byteLength(bytes));
  }

  private copy(bytes: Uint8Array, length: number): void {
    if (length > this.limits.message - this.position) throw tooLong(this.limits, this.position + length);
    this.ensure(length);
    const { buffer, position } = this;
    if (length > shortText) buffer.set(bytes, position);
    else for (let index = 0; index < length; index++) buffer[position + index] = bytes[index]!;
    this.position = position + length;
  }

  /** Writes a MessagePack str. */
  string(text: string): void {
    const { length } = text;
    if (length > shortText) {
      writeLongString(this, text);
      return;
    }
    if (this.position + 2 + length > this.buffer.length) this.grow(2 + length);
    const { buffer, position } = this;
    let at = position;
    if (length < 32) buffer[at++] = 0xa0 | length;
    else {
      buffer[at++] = 0xd9;
      buffer[at++] = length;
    }
    for (let index = 0; index < length; index++) {
      const unit = text.charCodeAt(index);
      if (unit > 0x7f) {
        writeLongString(this, text);
        return;
      }
      buffer[at++] = unit;
    }
    this.position = at;
  }

  /** Writes a MessagePack number: int when it fits into 32 bits, float64 otherwise. */
  number(n: number): void {
    writeNumber(this, n);
  }

  /** Writes a MessagePack float64. */
  float64(n: number): void {
    this.ensure(9);
    const { buffer, position } = this;
    scratch[0] = n;
    buffer[position] = 0xcb;
    for (let index = 0; index < 8; index++) buffer[position + 1 + index] = scratchBytes[7 - index]!;
    this.position = position + 9;
  }

  /** Writes a MessagePack bin. */
  binary(bytes: Uint8Array): void {
    const length = byteLength(bytes);
    this.spend(costs.binary);
    this.ensure(5);
    const size = length < 0x100 ? 1 : length < 0x10000 ? 2 : 4;
    putHeader(this.buffer, this.position, length, 0xc4, size);
    this.position += 1 + size;
    this.copy(bytes, length);
  }

  /** Writes the header of an array whose elements follow, and counts them. */
  arrayHeader(count: number): void {
    this.spend(count);
    this.ensure(5);
    if (count < 16) this.buffer[this.position++] = 0x90 | count;
    else {
      const size = count < 0x10000 ? 2 : 4;
      putExactHeader(this.buffer, this.position, count, size === 2 ? 0xdc : 0xdd, size);
      this.position += 1 + size;
    }
  }

  /** Writes the header of a map whose keys and values follow, and counts the entries. */
  mapHeader(count: number): void {
    this.spend(count);
    this.ensure(5);
    if (count < 16) this.buffer[this.position++] = 0x80 | count;
    else {
      const size = count < 0x10000 ? 2 : 4;
      putExactHeader(this.buffer, this.position, count, size === 2 ? 0xde : 0xdf, size);
      this.position += 1 + size;
    }
  }

  /** Writes an extension whose body `body` writes. */
  extension(type: number, body: () => void): void {
    const start = this.beginExtension(type);
    body();
    this.endExtension(start);
  }

  /** Starts an extension: the output until `endExtension` becomes its body. Cheaper than a closure. */
  beginExtension(type: number): number {
    this.ensure(3);
    const start = this.position;
    this.buffer[start] = 0xc7;
    this.buffer[start + 2] = type;
    this.position = start + 3;
    return start;
  }

  /** @param start as returned by `beginExtension` */
  endExtension(start: number): void {
    const size = this.position - start - 3;
    if (size < 0x100) {
      this.buffer[start + 1] = size;
      return;
    }
    this.ensure(3);
    const { buffer } = this;
    const type = buffer[start + 2]!;
    const width = size < 0x10000 ? 2 : 4;
    buffer.copyWithin(start + 2 + width, start + 3, this.position);
    const end = this.position + width - 1;
    putHeader(buffer, start, size, 0xc7, width);
    buffer[start + 1 + width] = type;
    this.position = end;
  }

  /** Counts elements that are about to be written. */
  spend(elements: number): void {
    this.elements += elements;
    if (this.elements > this.limits.elements) {
      const { elements: limit } = this.limits;
      throw exceeds('limits.elements', limit, this.elements, `makes the message exceed the limit of ${limit} elements`);
    }
  }

  /** Counts a value that the receiver takes long to build. */
  spendCostly(cost: number): void {
    if (cost === 0) return;
    this.spend(cost);
    this.costly += cost;
    if (this.costly > maxCostly)
      throw new Unwritable(
        'resource_exhausted',
        'contains too many errors, RegExps and numbers as keys of Maps or elements of Sets',
      );
  }

  /** Enters a level of nesting. */
  enter(): void {
    // A peer may announce any limit.
    if (++this.depth > this.limits.depth || this.depth > maxDepth) {
      const limit = Math.min(this.limits.depth, maxDepth);
      throw exceeds('limits.depth', limit, this.depth, `is nested deeper than the limit of ${limit} levels`);
    }
  }
}
