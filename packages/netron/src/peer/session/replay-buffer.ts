/** Keeps sent messages that may have to be sent again, until the other end has received them. */
import { Fifo } from '../../util/fifo.js';
import type { BufferPool } from '../link/buffer-pool.js';

/** Bytes of the pages that short messages are copied to. */
const pageSize = 16 * 1024;

/** Messages of at least this length are kept without a copy, when their bytes do not change any more. */
const longMessage = 4 * 1024;

interface Page {
  readonly bytes: Uint8Array;
  used: number;
  /** Number of messages in it that are kept. */
  messages: number;
  /** Whether a connection may still send bytes of it: then it never returns to the pool. */
  lent: boolean;
}

interface Kept {
  readonly message: Uint8Array;
  /** Absent for messages that are kept without a copy. */
  readonly page: Page | undefined;
}

export class ReplayBuffer {
  /** Number of messages sent since the start of the session. */
  sent = 0;
  /** Bytes that are kept. */
  bytes = 0;
  readonly #pool: BufferPool;
  readonly #kept = new Fifo<Kept>();
  #page: Page | undefined;

  constructor(pool: BufferPool) {
    this.#pool = pool;
  }

  /** Iterates over the messages that the other end may lack, oldest first. Callers may keep them: their bytes do not change. */
  *messages(): Generator<Uint8Array> {
    for (const { message, page } of this.#kept) {
      if (page !== undefined) page.lent = true;
      yield message;
    }
  }

  /** Whether the other end can have received `count` messages. */
  covers(count: number): boolean {
    return count <= this.sent && count >= this.sent - this.#kept.size;
  }

  /** @param lasting whether the bytes of `message` do not change any more */
  add(message: Uint8Array, lasting: boolean): void {
    this.sent += 1;
    this.bytes += message.length;
    this.#kept.push(lasting && message.length >= longMessage ? { message, page: undefined } : this.#copy(message));
  }

  /** Releases the messages up to `count`, which the other end has received. The caller has checked it with `covers`. */
  release(count: number): void {
    while (this.sent - this.#kept.size < count) {
      const { message, page } = this.#kept.shift() as Kept;
      this.bytes -= message.length;
      if (page !== undefined) this.#leave(page);
    }
  }

  /** Releases everything. */
  clear(): void {
    this.release(this.sent);
  }

  #copy(message: Uint8Array): Kept {
    const { length } = message;
    let page = this.#page;
    if (page === undefined || page.bytes.length - page.used < length) {
      page = { bytes: this.#pool.take(Math.max(pageSize, length)), used: 0, messages: 0, lent: false };
      this.#page = page;
    }
    const copy = page.bytes.subarray(page.used, page.used + length);
    copy.set(message);
    page.used += length;
    page.messages += 1;
    return { message: copy, page };
  }

  #leave(page: Page): void {
    page.messages -= 1;
    if (page.messages > 0) return;
    if (page === this.#page) this.#page = undefined;
    if (!page.lent) this.#pool.give(page.bytes);
  }
}
