import type { Clock } from './clock.js';

/** Something that wants to look at the clock now and then. */
export interface Ticking {
  /** @returns whether it wants to be asked again */
  tick(now: number): boolean;
  /** Position in the list of the one ticker it may be added to, which keeps it; `notTicking` while it is not there. */
  tickerPlace: number;
}

/** Position of what is in no ticker's list. */
export const notTicking = -1;

/**
 * One coarse interval for any number of deadlines: a deadline is a number that its owner compares on each tick, not a
 * timer of its own. The interval runs only while somebody waits, and does not keep the process alive.
 */
export class Ticker {
  /** The monotonic time of the last tick; at most one period old while anything is added. */
  now: number;
  readonly period: number;
  readonly #clock: Clock;
  // Not a set: one that changes often leaves old tables behind, which keep what was in them until a full collection.
  readonly #waiting: Ticking[] = [];
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
    if (item.tickerPlace !== notTicking) return;
    item.tickerPlace = this.#waiting.push(item) - 1;
    if (this.#timer !== undefined) return;
    this.now = this.#clock.now();
    this.#timer = this.#clock.setTimeout(this.#run, this.period, true);
  }

  remove(item: Ticking): void {
    const { tickerPlace } = item;
    if (tickerPlace === notTicking) return;
    item.tickerPlace = notTicking;
    const last = this.#waiting.pop() as Ticking;
    if (last !== item) {
      this.#waiting[tickerPlace] = last;
      last.tickerPlace = tickerPlace;
    }
    if (this.#waiting.length === 0) this.#stop();
  }

  /** How many are waiting. */
  get size(): number {
    return this.#waiting.length;
  }

  #tick(): void {
    this.now = this.#clock.now();
    this.#timer = undefined;
    // From the end: what takes the place of a removed one has had its turn.
    for (let place = this.#waiting.length - 1; place >= 0; place -= 1) {
      const item = this.#waiting[place];
      if (item !== undefined && !item.tick(this.now)) this.remove(item);
    }
    if (this.#waiting.length > 0 && this.#timer === undefined) {
      this.#timer = this.#clock.setTimeout(this.#run, this.period, true);
    }
  }

  #stop(): void {
    if (this.#timer === undefined) return;
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
