import type { Clock } from '@omnitron-dev/netron/http/client';

/** Milliseconds between two sweeps at least. */
const least = 1_000;

/** One timer for everything that leaves after its time, while there is any. */
export class Sweep {
  readonly #clock: Clock;
  readonly #collect: () => number;
  #timer: unknown;
  #at = Number.POSITIVE_INFINITY;
  #closed = false;

  /** @param collect drops what has had its time; returns milliseconds until more may have, `Infinity` when nothing is left */
  constructor(clock: Clock, collect: () => number) {
    this.#clock = clock;
    this.#collect = collect;
  }

  /** Sweeps in `ms` milliseconds at the latest; a second at the earliest. */
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
