/** Messages that were sent and may have to be sent again: receives each message, releases those that the other end has. */
import { Fifo } from '../../util/fifo.js';
import type { BufferPool } from '../link/buffer-pool.js';

/** Bytes of the pages that short messages are copied to. */
const pageSize = 16 * 1024;

/** Messages from this length on are kept as they are, when they do not change any more. */
const longMessage = 4 * 1024;

interface Page {
  readonly bytes: Uint8Array;
  used: number;
  /** Messages in it that are kept. */
  messages: number;
  /** A connection may still have to send bytes of it: it never goes back to the pool. */
  lent: boolean;
}

interface Kept {
  readonly message: Uint8Array;
  /** Absent for messages that are kept as they are. */
  readonly page: Page | undefined;
}

export class ReplayBuffer {
  /** Messages that were sent, from the beginning of the session. */
  sent = 0;
  /** Bytes that are kept. */
  bytes = 0;
  readonly #pool: BufferPool;
  readonly #kept = new Fifo<Kept>();
  #page: Page | undefined;

  constructor(pool: BufferPool) {
    this.#pool = pool;
  }

  /** The messages that the other end may not have, oldest first. Who gets them may hold on to them: their bytes do not change. */
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

  /** @param lasting the bytes of `message` do not change any more */
  add(message: Uint8Array, lasting: boolean): void {
    this.sent += 1;
    this.bytes += message.length;
    this.#kept.push(lasting && message.length >= longMessage ? { message, page: undefined } : this.#copy(message));
  }

  /** The other end has received `count` messages: they are kept no longer. `covers` has said that it can have. */
  release(count: number): void {
    while (this.sent - this.#kept.size < count) {
      const { message, page } = this.#kept.shift() as Kept;
      this.bytes -= message.length;
      if (page !== undefined) this.#leave(page);
    }
  }

  /** Keeps nothing any more. */
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
