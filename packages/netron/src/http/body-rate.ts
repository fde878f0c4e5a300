/** Watches the speed of request bodies and disconnects clients that keep a request open with a few bytes. */
import { NetronError } from '../errors/netron-error.js';
import type { Clock } from '../util/clock.js';
import { StatusError } from './refusal.js';

/** Fewest bytes that a body must bring within the idle time, unless it ends. */
const minBytes = 1_024;

/** Watches all bodies of a server with one timer, which runs until no body is left. */
export class BodyRates {
  /** Milliseconds without progress after which a client is disconnected. */
  readonly idle: number;
  readonly clock: Clock;
  /** Milliseconds between two checks. */
  readonly period: number;
  // An array: a Set that changes with each request is slower.
  readonly #waiting: BodyRate[] = [];
  #timer: unknown;

  constructor(clock: Clock, idle: number) {
    this.idle = idle;
    this.clock = clock;
    this.period = Math.min(500, idle / 16);
  }

  /** Watches a body from now on; calls `slow` once when it is too slow. */
  watch(slow: (error: StatusError) => void): BodyRate {
    const rate = new BodyRate(this, slow);
    this.add(rate);
    return rate;
  }

  /** Adds a body to the periodic checks. */
  add(rate: BodyRate): void {
    if (rate.place >= 0) return;
    rate.place = this.#waiting.push(rate) - 1;
    // The timer keeps running after the last body, since the next request would start it again.
    this.#timer ??= this.clock.setTimeout(this.#check, this.period, true);
  }

  remove(rate: BodyRate): void {
    const { place } = rate;
    if (place < 0) return;
    rate.place = -1;
    const last = this.#waiting.pop()!;
    if (last === rate) return;
    this.#waiting[place] = last;
    last.place = place;
  }

  readonly #check = (): void => {
    const now = this.clock.now();
    // From the end: the element that replaces a removed one has been checked already.
    for (let place = this.#waiting.length - 1; place >= 0; place -= 1) this.#waiting[place]?.check(now);
    this.#timer = this.#waiting.length === 0 ? undefined : this.clock.setTimeout(this.#check, this.period, true);
  };

  /** Wraps chunks; only the time in which a reader waits for one counts. */
  watched(chunks: AsyncIterator<Uint8Array, void>): AsyncIterator<Uint8Array, void> {
    let fail: (error: StatusError) => void = () => {};
    const rate = new BodyRate(this, (error) => fail(error));
    return {
      next: () =>
        new Promise((resolve, reject) => {
          fail = (error) => {
            reject(error);
            void chunks.return?.();
          };
          rate.start();
          chunks.next().then(
            (result) => {
              if (result.done !== true) rate.received(result.value.length);
              rate.pause();
              resolve(result);
            },
            (error: unknown) => {
              rate.pause();
              reject(error);
            },
          );
        }),
      async return() {
        rate.pause();
        return (await chunks.return?.()) ?? { done: true, value: undefined };
      },
    };
  }
}

/** The speed of one body. */
export class BodyRate {
  /** Index in the list of watched bodies; negative while it is not in the list. */
  place = -1;
  readonly #rates: BodyRates;
  readonly #slow: (error: StatusError) => void;
  #bytes = 0;
  #running = false;
  /** `undefined` until the first check: most bodies have arrived by then and need no clock reading. */
  #since: number | undefined;
  /** Milliseconds that had counted before the last `pause`. */
  #elapsed = 0;

  constructor(rates: BodyRates, slow: (error: StatusError) => void) {
    this.#rates = rates;
    this.#slow = slow;
  }

  /** Counts received bytes. */
  received(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Starts counting time. */
  start(): void {
    this.#running = true;
    this.#since = this.#rates.clock.now() - this.#elapsed;
    this.#rates.add(this);
  }

  /** Stops counting time until `start`. */
  pause(): void {
    if (!this.#running) return;
    this.#running = false;
    this.#rates.remove(this);
    this.#elapsed = this.#rates.clock.now() - (this.#since ?? 0);
  }

  /** Stops watching: the body has ended, or is not read any more. */
  end(): void {
    this.#rates.remove(this);
  }

  /** Checks whether enough has arrived. The first check and the next one may each be one period late. */
  check(now: number): void {
    const { idle, period } = this.#rates;
    this.#since ??= now;
    if (now - this.#since < idle - 2 * period) return;
    if (this.#bytes < minBytes) {
      this.#rates.remove(this);
      this.#slow(tooSlow(idle));
    } else {
      this.#bytes = 0;
      this.#since = now;
    }
  }
}

function tooSlow(idle: number): StatusError {
  const error = new NetronError('deadline_exceeded', `fewer than ${minBytes} bytes of the body arrived in ${idle} ms`);
  return new StatusError(408, error, [], true);
}
