/** The time that a drain or a stop has for what is under way: another one that ends earlier shortens it. */
import type { Clock } from '../util/clock.js';
import { deferred } from '../util/deferred.js';

export class StopTime {
  readonly #clock: Clock;
  readonly #over = deferred<void>();
  #end: number;
  #timer: unknown;

  /** @param ms milliseconds from now; `Infinity` for no end. Follow with `close` */
  constructor(ms: number, clock: Clock) {
    this.#clock = clock;
    this.#end = clock.now() + ms;
    this.#begin(ms);
  }

  /** Milliseconds that are left, from 0. */
  get left(): number {
    return Math.max(0, this.#end - this.#clock.now());
  }

  /** Takes over the time of another one that has `ms` milliseconds from now, where it ends earlier. */
  shorten(ms: number): void {
    const end = this.#clock.now() + ms;
    if (end >= this.#end) return;
    this.#end = end;
    this.close();
    this.#begin(ms);
  }

  /** Waits for `work`, which does not fail, or until the time is over. */
  async wait(work: Promise<unknown>): Promise<void> {
    await Promise.race([work, this.#over.promise]);
  }

  /** Nothing waits any more. */
  close(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #begin(ms: number): void {
    if (ms === 0) this.#over.resolve();
    else if (ms !== Infinity) this.#timer = this.#clock.setTimeout(this.#over.resolve, ms);
  }
}
