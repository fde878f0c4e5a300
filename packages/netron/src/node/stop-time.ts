/** Time limit of a drain or a stop, which a later request with less time shortens. */
import type { Clock } from '../util/clock.js';
import { deferred } from '../util/deferred.js';

export class StopTime {
  readonly #clock: Clock;
  readonly #over = deferred<void>();
  #end: number;
  #timer: unknown;

  /** @param ms milliseconds from now; `Infinity` for no limit. Call `close` afterwards */
  constructor(ms: number, clock: Clock) {
    this.#clock = clock;
    this.#end = clock.now() + ms;
    this.#begin(ms);
  }

  /** Milliseconds that are left; 0 when the time is over. */
  get left(): number {
    return Math.max(0, this.#end - this.#clock.now());
  }

  /** Shortens the time to `ms` milliseconds from now, if that is earlier. */
  shorten(ms: number): void {
    const end = this.#clock.now() + ms;
    if (end >= this.#end) return;
    this.#end = end;
    this.close();
    this.#begin(ms);
  }

  /** Waits until `work`, which must not reject, is done, or until the time is over. */
  async wait(work: Promise<unknown>): Promise<void> {
    await Promise.race([work, this.#over.promise]);
  }

  /** Clears the timer. */
  close(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #begin(ms: number): void {
    if (ms === 0) this.#over.resolve();
    else if (ms !== Infinity) this.#timer = this.#clock.setTimeout(this.#over.resolve, ms);
  }
}
