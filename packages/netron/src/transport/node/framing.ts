/**
 * Messages over a byte stream: a length of 4 bytes, big-endian, then that many bytes. A length with the highest bit set announces the last
 * frame: a close code of 2 bytes and a reason of at most 123 bytes.
 */
import { maxReason, violation } from '../close.js';

const headerSize = 4;
const closeBit = 0x8000_0000;

/** A message that arrives in pieces gets room for this multiple of the bytes received, never for the announced length. */
const growth = 4;

const nothing = Buffer.alloc(0);

/** Returns the header of a message of `length` bytes. */
export function frameHeader(length: number): Buffer {
  const header = Buffer.allocUnsafe(headerSize);
  header.writeUInt32BE(length, 0);
  return header;
}

/** Returns the header and a copy of `message` in one buffer, for small messages. */
export function frameCopy(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(headerSize + message.length);
  frame.writeUInt32BE(message.length, 0);
  frame.set(message, headerSize);
  return frame;
}

/** Returns the last frame of a direction. */
export function closeFrame(code: number, reason: Uint8Array): Buffer {
  const frame = Buffer.alloc(headerSize + 2 + reason.length);
  frame.writeUInt32BE(closeBit + 2 + reason.length, 0);
  frame.writeUInt16BE(code, headerSize);
  frame.set(reason, headerSize + 2);
  return frame;
}

/** Splits a byte stream into messages. Holds no memory between two messages. */
export class FrameReader {
  /** Set by the last frame; no message follows it. */
  closing: { code: number; reason: string } | undefined;
  #maxMessage: number;
  #chunk: Buffer = nothing;
  #offset = 0;
  /** The received part of a header, and its length in bytes. */
  #header = 0;
  #headerBytes = 0;
  /** Bytes of the body being read, or -1 while a header is read. */
  #length = -1;
  #last = false;
  #body: Buffer | undefined;
  #filled = 0;

  constructor(maxMessage: number) {
    this.#maxMessage = maxMessage;
  }

  /** Applies to frames whose length has not been read yet. */
  set maxMessage(bytes: number) {
    this.#maxMessage = bytes;
  }

  /** Whether the stream may end here. */
  get between(): boolean {
    return this.#length < 0 && this.#headerBytes === 0 && this.#offset === this.#chunk.length;
  }

  /** Adds received bytes. Allowed only after `next` has returned `undefined`. */
  add(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#offset = 0;
  }

  /**
   * Returns the next message, or `undefined` when more bytes are needed. A message that lies within one chunk is a view of it.
   *
   * @throws NetronError `invalid_argument` (1002) for an invalid frame, `resource_exhausted` (1009) for one longer than accepted
   */
  next(): Buffer | undefined {
    if (this.closing !== undefined || (this.#length < 0 && !this.#readHeader())) return this.#release();
    const body = this.#readBody();
    if (body === undefined) return this.#release();
    this.#length = -1;
    if (!this.#last) return body;
    this.closing = { code: body.readUInt16BE(0), reason: body.toString('utf8', 2) };
    return this.#release();
  }

  #release(): undefined {
    this.#chunk = nothing;
    this.#offset = 0;
  }

  #readHeader(): boolean {
    if (this.#headerBytes === 0 && this.#chunk.length - this.#offset >= headerSize) {
      this.#announce(this.#chunk.readUInt32BE(this.#offset));
      this.#offset += headerSize;
      return true;
    }
    while (this.#offset < this.#chunk.length) {
      this.#header = this.#header * 256 + (this.#chunk[this.#offset++] as number);
      if (++this.#headerBytes < headerSize) continue;
      const header = this.#header;
      this.#header = this.#headerBytes = 0;
      this.#announce(header);
      return true;
    }
    return false;
  }

  #announce(header: number): void {
    this.#last = header >= closeBit;
    const length = this.#last ? header - closeBit : header;
    if (this.#last ? length < 2 || length > 2 + maxReason : length === 0) {
      throw violation(1002, `invalid frame length ${length}`);
    }
    if (!this.#last && length > this.#maxMessage) {
      throw violation(1009, `a message of ${length} bytes exceeds the limit of ${this.#maxMessage}`);
    }
    this.#length = length;
  }

  #readBody(): Buffer | undefined {
    const available = this.#chunk.length - this.#offset;
    if (this.#body === undefined && available >= this.#length) {
      this.#offset += this.#length;
      return this.#chunk.subarray(this.#offset - this.#length, this.#offset);
    }
    const count = Math.min(available, this.#length - this.#filled);
    if (count === 0) return undefined;
    const body = this.#room(count);
    this.#chunk.copy(body, this.#filled, this.#offset, this.#offset + count);
    this.#offset += count;
    this.#filled += count;
    if (this.#filled < this.#length) return undefined;
    this.#body = undefined;
    this.#filled = 0;
    return body;
  }

  /** Returns the buffer of the message being read, with room for `count` more bytes. */
  #room(count: number): Buffer {
    const needed = this.#filled + count;
    if (this.#body !== undefined && this.#body.length >= needed) return this.#body;
    const grown = Buffer.allocUnsafeSlow(Math.min(this.#length, needed * growth));
    this.#body?.copy(grown, 0, 0, this.#filled);
    this.#body = grown;
    return grown;
  }
}
