/** Reads the body of a request on demand: first a line, then parts one after the other, and never more than was asked for. */
import { NetronError } from '../errors/netron-error.js';
import { uploadTooLarge } from './refusal.js';

export class BodySource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #most: number;
  #rest: Uint8Array = new Uint8Array(0);
  #read = 0;
  #ended = false;
  /** The latest part: whether its reading has begun, and a promise that settles when all of it is read. */
  #last = { begun: true, ended: Promise.resolve() };
  #left = false;

  /** @param most bytes of the whole body */
  constructor(chunks: AsyncIterator<Uint8Array>, most: number) {
    this.#chunks = chunks;
    this.#most = most;
  }

  /** Whether the whole body has been read. */
  get ended(): boolean {
    return this.#ended && this.#rest.length === 0 && !this.#left;
  }

  /**
   * Reads up to the first line feed.
   *
   * @returns `undefined` when there is none within `limit` bytes
   */
  async line(limit: number): Promise<Uint8Array | undefined> {
    const pieces: Uint8Array[] = [];
    let size = 0;
    for (;;) {
      const chunk = await this.#next();
      if (chunk === undefined) return undefined;
      const end = chunk.indexOf(0x0a);
      const piece = end < 0 ? chunk : chunk.subarray(0, end);
      size += piece.length;
      if (size > limit) return undefined;
      pieces.push(piece);
      if (end < 0) continue;
      this.#rest = chunk.subarray(end + 1);
      const line = new Uint8Array(size);
      let at = 0;
      for (const each of pieces) {
        line.set(each, at);
        at += each.length;
      }
      return line;
    }
  }

  /**
   * Returns the next part. Its bytes are read when its reader asks for them.
   *
   * @param size bytes; `undefined` means the rest of the body
   */
  part(size: number | undefined): ReadableStream<Uint8Array> {
    const before = this.#last;
    let finish = () => {};
    const ended = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const own = { begun: size === 0, ended };
    this.#last = own;
    let left = size ?? Number.POSITIVE_INFINITY;
    let next = false;
    if (left === 0) void before.ended.then(finish);
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          if (!next) {
            // The previous part has no reader: waiting for it would never end.
            if (!before.begun) throw new NetronError('failed_precondition', 'the files of a request must be read in order');
            own.begun = true;
            await before.ended;
            next = true;
          }
          const chunk = left === 0 ? undefined : await this.#next();
          if (chunk === undefined && left > 0) {
            // Whoever reads on after the call would otherwise take a part for the whole.
            if (this.#left) throw new NetronError('canceled', 'the call ended before the upload');
            if (size !== undefined) throw new NetronError('canceled', `the upload ended ${left} bytes early`);
          }
          if (chunk !== undefined) {
            const piece = chunk.length <= left ? chunk : chunk.subarray(0, left);
            if (piece !== chunk) this.#rest = chunk.subarray(piece.length);
            left -= piece.length;
            controller.enqueue(piece);
            if (left > 0) return;
          }
          finish();
          controller.close();
        },
        cancel: () => this.leave(),
      },
      { highWaterMark: 0 },
    );
  }

  /** Stops reading. */
  async leave(): Promise<void> {
    this.#left = !this.ended;
    this.#ended = true;
    this.#rest = new Uint8Array(0);
    await this.#chunks.return?.();
  }

  /** @throws StatusError `resource_exhausted` beyond the limit; the error of reading */
  async #next(): Promise<Uint8Array | undefined> {
    if (this.#rest.length > 0) {
      const rest = this.#rest;
      this.#rest = new Uint8Array(0);
      return rest;
    }
    if (this.#ended) return undefined;
    const { done, value } = await this.#chunks.next();
    if (done === true) {
      this.#ended = true;
      return undefined;
    }
    this.#read += value.length;
    if (this.#read > this.#most) {
      await this.leave();
      throw uploadTooLarge(this.#most);
    }
    return value;
  }
}
