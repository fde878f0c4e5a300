import type { Clock } from './clock.js';

/** Runs its reactions as microtasks: in Node each takes a third of what `queueMicrotask` takes. */
const settled = Promise.resolve();

/** The time, read once for all that is done in a row: reading it costs as much as a part of a call. */
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

  /** Milliseconds on the monotonic clock, at most as old as the microtasks that were waiting when it was read. */
  now(): number {
    if (this.#read) return this.#now;
    this.#read = true;
    this.#now = this.#clock.now();
    void settled.then(this.#forget);
    return this.#now;
  }
}
