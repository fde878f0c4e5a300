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
/** Up to this many characters, a loop over them is faster than a call into native code. */
const shortText = 40;

/** Place of a packet in what is being written. */
export interface Mark {
  /** Number of the message, see `Writer.message`. */
  message: number;
  position: number;
}

/**
 * One growing buffer that packets are appended to. Valid bytes are those before `position`. A write that throws leaves
 * rubbish behind: whoever goes on writing takes it back, see `rewind`.
 */
export class Writer {
  buffer: Uint8Array;
  position = 0;
  /** Goes up with each message; tells whether what was written before is still here. */
  message = 0;
  /** Elements of containers and packets written since `reset`, by the receiver's way of counting (`Limits.elements`). */
  elements = 0;
  /** Containers around the value being written. */
  depth = 0;
  /** Number of containers around it that the receiver makes into something else at once: instances of registered classes. */
  sealed = 0;
  /** Default: buffers of its own. */
  buffers: BufferSource | undefined = undefined;
  handles: HandleEncoder<Writer> | undefined = undefined;
  errors: ErrorCodec | undefined = undefined;
  /** Values besides plain ones; absent for writers that have none. */
  values: ValueEncoder<Writer> | undefined = undefined;
  /** Bits of `valueFeatures` that the receiver reads. */
  features: number = allFeatures;
  /** Bits of `valueFeatures` that were needed since `reset`. */
  needed = 0;
  /** Cost of values that take their receiver long to make, since `reset`. */
  costly = 0;
  /** References or streams were written since `reset`: what follows may name them. */
  tied = false;
  /** Trace that calls written from here on may name instead of having it. */
  trace: Trace | undefined = undefined;
  /** Containers of the value being written, by their order; made when the receiver reads cycles. */
  graph: ObjectGraph | undefined = undefined;
  /** Limits that the receiver accepts. */
  limits: Readonly<Limits>;

  /** @param size bytes of the first buffer; 0 allocates when first written to */
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

  /** Takes back what was written behind `position`, when that many elements had been counted. */
  rewind(position: number, elements: number): void {
    this.position = position;
    this.elements = elements;
    this.trace = undefined;
  }

  /**
   * Makes sure that the receiver reads a type of values.
   *
   * @param what names the value in the error, for instance `is a RegExp`
   */
  need(feature: number, what: string): void {
    if ((this.features & feature) === 0) throw new Unwritable('invalid_argument', `${what}, which the receiver does not read`);
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

  /** One byte. */
  u8(n: number): void {
    if (this.position >= this.buffer.length) this.grow(1);
    this.buffer[this.position++] = n;
  }

  /** An unsigned LEB128 integer, at most 2^53−1. */
  varint(n: number): void {
    if (this.position + 8 > this.buffer.length) this.grow(8);
    const { buffer } = this;
    while (n >= 0x80) {
      buffer[this.position++] = (n % 0x80) | 0x80;
      n = n < 0x8000_0000 ? n >>> 7 : Math.floor(n / 0x80);
    }
    buffer[this.position++] = n;
  }

  /** Bytes as they are. */
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

  /** A MessagePack str. */
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

  /** A MessagePack number: int where it fits into 32 bits, float64 otherwise. */
  number(n: number): void {
    writeNumber(this, n);
  }

  /** A MessagePack float64. */
  float64(n: number): void {
    this.ensure(9);
    const { buffer, position } = this;
    scratch[0] = n;
    buffer[position] = 0xcb;
    for (let index = 0; index < 8; index++) buffer[position + 1 + index] = scratchBytes[7 - index]!;
    this.position = position + 9;
  }

  /** A MessagePack bin. */
  binary(bytes: Uint8Array): void {
    const length = byteLength(bytes);
    this.spend(costs.binary);
    this.ensure(5);
    const size = length < 0x100 ? 1 : length < 0x10000 ? 2 : 4;
    putHeader(this.buffer, this.position, length, 0xc4, size);
    this.position += 1 + size;
    this.copy(bytes, length);
  }

  /** The header of an array whose elements follow. Counts them. */
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

  /** The header of a map whose keys and values follow. Counts the entries. */
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

  /** Writes an extension whose body is whatever `body` writes. */
  extension(type: number, body: () => void): void {
    const start = this.beginExtension(type);
    body();
    this.endExtension(start);
  }

  /** Starts an extension; what is written until `endExtension` becomes its body. No closure, so cheaper. */
  beginExtension(type: number): number {
    this.ensure(3);
    const start = this.position;
    this.buffer[start] = 0xc7;
    this.buffer[start + 2] = type;
    this.position = start + 3;
    return start;
  }

  /** @param start what `beginExtension` returned */
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

  /** Counts a value that takes its receiver long to make. */
  spendCostly(cost: number): void {
    if (cost === 0) return;
    this.spend(cost);
    this.costly += cost;
    if (this.costly > maxCostly)
      throw new Unwritable(
        'resource_exhausted',
        'holds more errors, RegExps and numbers as keys of Maps or elements of Sets than a message can',
      );
  }

  /** Goes one level down. */
  enter(): void {
    // A peer may announce any limit.
    if (++this.depth > this.limits.depth || this.depth > maxDepth) {
      const limit = Math.min(this.limits.depth, maxDepth);
      throw exceeds('limits.depth', limit, this.depth, `is nested deeper than the limit of ${limit} levels`);
    }
  }
}
