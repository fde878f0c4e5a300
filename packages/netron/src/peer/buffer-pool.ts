/** Write buffers shared by the connections of a node, so that idle connections hold none. */
export class BufferPool {
  readonly #size: number;
  readonly #keep: number;
  readonly #free: Uint8Array[] = [];

  /**
   * @param size bytes of each buffer
   * @param keep buffers kept for later at most
   */
  constructor(size = 16 * 1024, keep = 64) {
    this.#size = size;
    this.#keep = keep;
  }

  take(): Uint8Array {
    return this.#free.pop() ?? new Uint8Array(this.#size);
  }

  /** Buffers that have grown are not kept. */
  give(buffer: Uint8Array): void {
    if (buffer.length === this.#size && this.#free.length < this.#keep) this.#free.push(buffer);
  }
}
