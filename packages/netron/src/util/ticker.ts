import type { Clock } from './clock.js';

/** An object that checks the clock periodically. */
export interface Ticking {
  /** @returns whether it needs further ticks */
  tick(now: number): boolean;
  /** Index in the list of the one ticker that it may be added to, which maintains it; `notTicking` while it is not in a list. */
  tickerPlace: number;
}

/** Index of an object that is in no ticker's list. */
export const notTicking = -1;

/**
 * One coarse interval for any number of deadlines: a deadline is a number that its owner compares on each tick, instead of a timer of its
 * own. The interval runs only while there are any, and does not keep the process alive.
 */
export class Ticker {
  /** The monotonic time of the last tick; at most one period old while the list is not empty. */
  now: number;
  readonly period: number;
  readonly #clock: Clock;
  // An array: a Set that changes often leaves old tables behind, which retain their contents until a full garbage collection.
  readonly #waiting: Ticking[] = [];
  #timer: unknown;
  readonly #run = (): void => this.#tick();

  /** @param period milliseconds between two ticks */
  constructor(clock: Clock, period: number) {
    this.#clock = clock;
    this.period = period;
    this.now = clock.now();
  }

  /** Calls `item` on each tick until it returns `false` or is removed. Adding it again has no effect. */
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

  /** Number of items. */
  get size(): number {
    return this.#waiting.length;
  }

  #tick(): void {
    this.now = this.#clock.now();
    this.#timer = undefined;
    // From the end: the item that replaces a removed one has been called already.
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
