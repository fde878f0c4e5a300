/** Log of the latest invalidations, in order, so that a client can catch up after a disconnection. */
import type { Clock } from '../../util/clock.js';

/** Most entries that are kept. */
const most = 10_000;

/** Milliseconds for which entries are kept. */
const longest = 120_000;

interface Entry {
  readonly tags: readonly string[];
  readonly at: number;
}

/** Log of invalidations. Positions count from 0: at position n, the first n entries have happened. */
export class OutdatedLog {
  /** Number of entries appended so far. */
  position = 0;
  readonly #clock: Clock;
  /** A ring buffer: the entry before position n is at `(n - 1) % most`. */
  readonly #entries: Entry[] = [];
  #first = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  append(tags: readonly string[]): void {
    this.#entries[this.position % most] = { tags, at: this.#clock.now() };
    this.position += 1;
    this.#first = Math.max(this.#first, this.position - most);
  }

  /**
   * Returns the latest position of each of `tags` that was invalidated after `position`; `undefined` when that is too long ago or in the
   * future.
   */
  since(position: number, tags: ReadonlySet<string>): Map<string, number> | undefined {
    this.#expire();
    if (position < this.#first || position > this.position) return undefined;
    const found = new Map<string, number>();
    for (let at = position; at < this.position; at++) {
      for (const tag of this.#entries[at % most]!.tags) if (tags.has(tag)) found.set(tag, at + 1);
    }
    return found;
  }

  #expire(): void {
    const oldest = this.#clock.now() - longest;
    while (this.#first < this.position && this.#entries[this.#first % most]!.at < oldest) this.#first += 1;
  }
}
