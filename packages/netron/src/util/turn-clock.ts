import type { Clock } from './clock.js';

/** Its reactions run as microtasks, which in Node takes a third of the time of `queueMicrotask`. */
const settled = Promise.resolve();

/** The time, read once for a sequence of operations: reading it costs as much as a part of a call. */
export class TurnClock {
  readonly #clock: Pick<Clock, 'now'>;
  #now = 0;
  #read = false;
  readonly #forget = (): void => {
    this.#read = false;
  };

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** Returns milliseconds on the monotonic clock, at most as old as the microtasks that were waiting when it was read. */
  now(): number {
    if (this.#read) return this.#now;
    this.#read = true;
    this.#now = this.#clock.now();
    void settled.then(this.#forget);
    return this.#now;
  }
}
