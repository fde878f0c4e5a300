import type { Clock } from '@omnitron-dev/netron/http/client';

/** Shortest time between two sweeps, in milliseconds. */
const least = 1_000;

/** One timer for all entries that expire; it runs only while there are any. */
export class Sweep {
  readonly #clock: Clock;
  readonly #collect: () => number;
  #timer: unknown;
  #at = Number.POSITIVE_INFINITY;
  #closed = false;

  /** @param collect drops the expired entries; returns the milliseconds until the next ones expire, `Infinity` when none is left */
  constructor(clock: Clock, collect: () => number) {
    this.#clock = clock;
    this.#collect = collect;
  }

  /** Sweeps within `ms` milliseconds, but not before one second has passed. */
  within(ms: number): void {
    const now = this.#clock.now();
    const at = now + Math.max(ms, least);
    if (this.#closed || at >= this.#at) return;
    this.#clear();
    this.#at = at;
    this.#timer = this.#clock.setTimeout(() => this.#run(), at - now, true);
  }

  close(): void {
    this.#closed = true;
    this.#clear();
  }

  #run(): void {
    this.#timer = undefined;
    this.#at = Number.POSITIVE_INFINITY;
    this.within(this.#collect());
  }

  #clear(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
