/** The latest tags that went out of date, in order, so that whoever was away can catch up. */
import type { Clock } from '../../util/clock.js';

/** Entries that are kept. */
const most = 10_000;

/** Milliseconds for which they are kept. */
const longest = 120_000;

interface Entry {
  readonly tags: readonly string[];
  readonly at: number;
}

/** Positions count from 0: at position n, the first n entries have happened. */
export class OutdatedLog {
  /** Number of entries that were ever appended. */
  position = 0;
  readonly #clock: Clock;
  /** A ring: the entry before position n stands at `(n - 1) % most`. */
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
   * Returns the latest position of each of `tags` that went out of date after `position`; `undefined` when that is too long
   * ago, or lies ahead.
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
