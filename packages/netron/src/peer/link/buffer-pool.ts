/** Write buffers shared by the connections of a node: idle connections hold none, and busy ones allocate none. */
import type { BufferSource } from '../../wire/buffer-source.js';

/** Bytes of the first buffer of a batch of packets. */
const small = 16 * 1024;

/** Larger buffers are not kept. */
const largest = 1024 * 1024;

export class BufferPool implements BufferSource {
  readonly #keep: number;
  readonly #small: Uint8Array[] = [];
  readonly #large: Uint8Array[] = [];

  /** @param keep most small buffers that are kept; an eighth of that for larger ones */
  constructor(keep = 64) {
    this.#keep = keep;
  }

  /**
   * Returns a buffer of at least `size` bytes, but less than four times that: a large buffer with few bytes would be memory that no limit
   * counts.
   */
  take(size = small): Uint8Array {
    if (size <= small) return this.#small.pop() ?? new Uint8Array(small);
    const kept = this.#large.findIndex(({ length }) => length >= size && length < size * 4);
    if (kept < 0) return new Uint8Array(2 ** Math.ceil(Math.log2(size)));
    return this.#large.splice(kept, 1)[0] as Uint8Array;
  }

  /** Takes back a buffer that is no longer used. */
  give(buffer: Uint8Array): void {
    if (buffer.length === small) {
      if (this.#small.length < this.#keep) this.#small.push(buffer);
    } else if (buffer.length > small && buffer.length <= largest && this.#large.length * 8 < this.#keep) {
      this.#large.push(buffer);
    }
  }
}
