/** Write buffers shared by the connections of a node, so that idle connections hold none and busy ones make none. */
import type { BufferSource } from '../../wire/buffer-source.js';

/** Bytes of the buffer that a batch of packets starts with. */
const small = 16 * 1024;

/** Larger buffers than this are not kept. */
const largest = 1024 * 1024;

export class BufferPool implements BufferSource {
  readonly #keep: number;
  readonly #small: Uint8Array[] = [];
  readonly #large: Uint8Array[] = [];

  /** @param keep small buffers kept for later at most; of larger ones an eighth */
  constructor(keep = 64) {
    this.#keep = keep;
  }

  /** A buffer of at least `size` bytes. One that is kept long for a few bytes is memory that nobody counts: it has less than four times as many. */
  take(size = small): Uint8Array {
    if (size <= small) return this.#small.pop() ?? new Uint8Array(small);
    const kept = this.#large.findIndex(({ length }) => length >= size && length < size * 4);
    if (kept < 0) return new Uint8Array(2 ** Math.ceil(Math.log2(size)));
    return this.#large.splice(kept, 1)[0] as Uint8Array;
  }

  /** The buffer is not used any more. */
  give(buffer: Uint8Array): void {
    if (buffer.length === small) {
      if (this.#small.length < this.#keep) this.#small.push(buffer);
    } else if (buffer.length > small && buffer.length <= largest && this.#large.length * 8 < this.#keep) {
      this.#large.push(buffer);
    }
  }
}
