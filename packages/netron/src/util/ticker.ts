import type { Clock } from './clock.js';

/** Something that wants to look at the clock now and then. */
export interface Ticking {
  /** @returns whether it wants to be asked again */
  tick(now: number): boolean;
}

/**
 * One coarse interval for any number of deadlines: a deadline is a number that its owner compares on each tick, not a
 * timer of its own. The interval runs only while somebody waits, and does not keep the process alive.
 */
export class Ticker {
  /** The monotonic time of the last tick; at most one period old while anything is added. */
  now: number;
  readonly period: number;
  readonly #clock: Clock;
  readonly #waiting = new Set<Ticking>();
  #timer: unknown;
  readonly #run = (): void => this.#tick();

  /** @param period milliseconds between two ticks */
  constructor(clock: Clock, period: number) {
    this.#clock = clock;
    this.period = period;
    this.now = clock.now();
  }

  /** Asks `item` on each tick until it answers `false` or is removed. Adding twice is adding once. */
  add(item: Ticking): void {
    this.#waiting.add(item);
    if (this.#timer !== undefined) return;
    this.now = this.#clock.now();
    this.#timer = this.#clock.setTimeout(this.#run, this.period, true);
  }

  remove(item: Ticking): void {
    this.#waiting.delete(item);
    if (this.#waiting.size === 0) this.#stop();
  }

  /** How many are waiting. */
  get size(): number {
    return this.#waiting.size;
  }

  #tick(): void {
    this.now = this.#clock.now();
    this.#timer = undefined;
    for (const item of this.#waiting) if (!item.tick(this.now)) this.#waiting.delete(item);
    if (this.#waiting.size > 0 && this.#timer === undefined) {
      this.#timer = this.#clock.setTimeout(this.#run, this.period, true);
    }
  }

  #stop(): void {
    if (this.#timer === undefined) return;
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
