import { Watchers } from './watchers.js';

/** Number of calls that a node answers, or has yet to find out whether it answers, and of streams that it sends. */
export class InFlight {
  /** Called each time that nothing is in flight any more. */
  readonly idle: Watchers = new Watchers();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Something begins. */
  add(): void {
    this.#size += 1;
  }

  /** Counts what a call waits for before it begins. Resolves or fails as `work` does. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.add();
    try {
      return await work;
    } finally {
      this.delete();
    }
  }

  /** So many have ended. */
  delete(count = 1): void {
    this.#size -= count;
    if (this.#size === 0) this.idle.changed();
  }
}
