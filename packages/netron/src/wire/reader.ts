import { copyOf, decodeText, viewOf } from '#platform';
import { type Code } from '../errors/codes.js';
import { NetronError } from '../errors/netron-error.js';
import type { ErrorCodec } from '../errors/wire-error.js';
import type { ValueDecoder } from './extended-values.js';
import { extensionTypes } from './extension-types.js';
import type { HandleDecoder } from './handles.js';
import { KeyCache } from './key-cache.js';
import { baseLimits, type Limits, maxCostly, maxDepth } from './limits.js';
import { exhausted, malformed } from './malformed.js';
import { Received, type ReceivedHandle } from './received.js';
import { Shapes } from './shapes.js';
import type { Trace } from './trace.js';
import { getU32 } from './u32.js';

const scratch = new Float64Array(1);
const scratchBytes = new Uint8Array(scratch.buffer);
const scratch32 = new Float32Array(scratch.buffer);
const nothing = new Uint8Array(0);
/** Up to this many bytes, a loop over them is faster than a native call. */
const shortText = 12;
/** Byte arrays of at least this size are views of the message; smaller ones are copied, so that they do not retain it. */
export const viewFrom = 4096;

/**
 * Reads values from one message at a time, within a budget. It can be used for any number of messages, even after an error: `load` starts
 * again. Connections may share one, since reading is synchronous.
 */
export class Reader {
  bytes: Uint8Array = nothing;
  position = 0;
  /** End of the message, or of the extension being read. */
  end = 0;
  /** Remaining elements and packets of this message. */
  elementsLeft = 0;
  /** Remaining cost of values that take long to build. */
  costlyLeft = 0;
  /** Remaining levels of nesting of the value being read. */
  depthLeft = 0;
  /** Number of containers around the value that are converted as soon as they are read, for instance to instances of registered classes. */
  sealed = 0;
  handles: HandleDecoder<Reader> | undefined = undefined;
  errors: ErrorCodec | undefined = undefined;
  /** Decoder of further value types; absent for readers without them. */
  values: ValueDecoder<Reader> | undefined = undefined;
  /** Containers of the value being read, in the order in which they started; absent when cycles are not accepted. */
  graph: object[] | undefined = undefined;
  /** References, streams and failures in the values of the packet being read; absent while there are none. */
  received: Received | undefined = undefined;
  /** Trace that later calls of the message may refer to. */
  trace: Trace | undefined = undefined;
  /** Whether a value of this message was replaced, so that keys and elements that differed may have become equal. */
  replaced = false;
  /** Limits that this end applies. */
  limits: Readonly<Limits>;
  readonly keys: KeyCache;
  readonly shapes = new Shapes();

  /** @param keys cache of names, shared with other readers; one of its own by default */
  constructor(limits: Readonly<Limits> = baseLimits, keys = new KeyCache()) {
    this.limits = limits;
    this.keys = keys;
  }

  /**
   * Starts a new message with a full budget. Values may keep views of `bytes`.
   *
   * @throws NetronError `resource_exhausted` when it is longer than `limits.message`
   */
  load(bytes: Uint8Array): void {
    const { limits } = this;
    if (bytes.length > limits.message) throw exhausted(`${bytes.length} bytes exceed the limit of ${limits.message}`);
    this.bytes = bytes;
    this.position = 0;
    this.end = bytes.length;
    this.replaced = false;
    this.trace = undefined;
    this.sealed = 0;
    this.shapes.begin();
    this.elementsLeft = limits.elements;
    this.costlyLeft = maxCostly;
    this.depthLeft = Math.min(limits.depth, maxDepth);
  }

  /**
   * Skips a well-formed value that cannot be received here: the call or stream of its packet fails, and the connection continues.
   *
   * @param what continues "the peer has sent"
   * @throws NetronError `invalid_argument` where there is no call or stream to fail
   */
  refuse(what: string, code: Code = 'invalid_argument'): undefined {
    const { handles } = this;
    if (handles?.refuse === undefined) throw malformed(what);
    this.replaced = true;
    return handles.refuse(new NetronError(code, `the peer sent ${what}`), this);
  }

  /** Takes elements from the budget before they are built. */
  spend(elements: number): void {
    this.elementsLeft -= elements;
    if (this.elementsLeft < 0) throw exhausted(`more than ${this.limits.elements} elements`);
  }

  /** Takes the cost of a value that takes long to build, before it is built. */
  spendCostly(cost: number): void {
    if (cost === 0) return;
    this.spend(cost);
    this.costlyLeft -= cost;
    if (this.costlyLeft < 0) throw exhausted('too many errors, RegExps and numbers as keys of Maps or elements of Sets');
  }

  /** Enters a level of nesting. */
  enter(): void {
    if (--this.depthLeft < 0) throw exhausted(`more than ${this.limits.depth} levels of nesting`);
  }

  /** Notes a reference or stream in the packet being read. */
  receive(handle: ReceivedHandle): void {
    this.received ??= new Received();
    this.received.add(handle);
  }

  /** Notes that the arguments being read contain the result of a pending call; `place` is its placeholder. */
  await(place: object): void {
    this.received ??= new Received();
    this.received.awaited ??= [];
    this.received.awaited.push(place);
  }

  /** Notes that a value of the packet being read cannot be received here. */
  fail(failure: NetronError): undefined {
    this.received ??= new Received();
    this.received.failure ??= failure;
    return undefined;
  }

  /** Reads one byte. */
  u8(): number {
    if (this.position >= this.end) throw truncated();
    return this.bytes[this.position++]!;
  }

  /** Reads an unsigned LEB128 integer, at most 2^53−1, in its shortest form. */
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
    if (byte === 0 || result > Number.MAX_SAFE_INTEGER) throw malformed('an integer in a non-canonical form');
    this.position = at;
    return result;
  }

  /** Reads a MessagePack str. */
  string(): string {
    const type = this.u8();
    if (type >= 0xa0 && type < 0xc0) return this.text(type & 0x1f);
    if (type >= 0xd9 && type <= 0xdb) return this.text(this.length(1 << (type - 0xd9)));
    const size =
      type >= 0xd4 && type <= 0xd8 ? 1 << (type - 0xd4) : type >= 0xc7 && type <= 0xc9 ? this.length(1 << (type - 0xc7)) : -1;
    if (size < 0 || this.values === undefined || this.u8() !== extensionTypes.text) throw malformed('not a string');
    return this.values.readCutText(this, size);
  }

  /** Reads `size` bytes of UTF-8. */
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
    if (text === undefined) throw malformed('a string that is not UTF-8');
    return text;
  }

  /** Reads `size` bytes: a copy when small, otherwise a view of the message. A Node `Buffer` where that exists. */
  binary(size: number): Uint8Array {
    const { bytes, position } = this;
    const end = position + size;
    if (end > this.end) throw truncated();
    this.position = end;
    return size >= viewFrom ? viewOf(bytes, position, size) : copyOf(bytes, position, size);
  }

  /** Skips bytes. */
  skip(size: number): void {
    if (size > this.end - this.position) throw truncated();
    this.position += size;
  }

  /** Reads a big-endian unsigned integer of 1, 2 or 4 bytes. */
  length(width: number): number {
    const { bytes, position } = this;
    if (position + width > this.end) throw truncated();
    this.position = position + width;
    if (width === 1) return bytes[position]!;
    if (width === 2) return (bytes[position]! << 8) | bytes[position + 1]!;
    return getU32(bytes, position);
  }

  /** Reads a big-endian float of 4 or 8 bytes. */
  float(width: 4 | 8): number {
    const { bytes, position } = this;
    if (position + width > this.end) throw truncated();
    this.position = position + width;
    for (let index = 0; index < width; index++) scratchBytes[width - 1 - index] = bytes[position + index]!;
    return width === 8 ? scratch[0]! : scratch32[0]!;
  }
}

/** Returns the error for a message or extension that ends too early. */
export function truncated(): Error {
  return malformed('it ends too early');
}

/**
 * Reads up to 12 bytes of ASCII; returns `undefined` when there are others. Longer texts would become ropes, which take several times the
 * memory, and are faster to read by a native call.
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
