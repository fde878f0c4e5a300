/** The pace of clients: receives how many bytes of a body have come, and gives those up that keep a request open with a few. */
import { NetronError } from '../errors/netron-error.js';
import type { Clock } from '../util/clock.js';
import { Ticker, type Ticking } from '../util/ticker.js';
import { StatusError } from './refusal.js';

/** Bytes that a body brings in the time for which it may stand still, unless it ends. */
const fewest = 1_024;

/** The watch over the bodies of a server: one timer for all of them. */
export class Paces {
  /** Milliseconds without progress after which a client is dropped. */
  readonly idle: number;
  readonly #clock: Clock;
  readonly #ticker: Ticker;

  constructor(clock: Clock, idle: number) {
    this.idle = idle;
    this.#clock = clock;
    this.#ticker = new Ticker(clock, Math.min(1_000, idle / 8));
  }

  /** Watches a body from now on; calls `slow` once if too little of it comes. */
  watch(slow: (error: StatusError) => void): Pace {
    const pace = new Pace(this.#clock, this.#ticker, this.idle, () => slow(tooSlow(this.idle)));
    pace.go();
    return pace;
  }

  /** Passes chunks on; the time counts in which somebody waits for one. */
  paced(chunks: AsyncIterator<Uint8Array, void>): AsyncIterator<Uint8Array, void> {
    let fail: (error: StatusError) => void = () => {};
    const pace = new Pace(this.#clock, this.#ticker, this.idle, () => fail(tooSlow(this.idle)));
    return {
      next: () =>
        new Promise((resolve, reject) => {
          fail = (error) => {
            reject(error);
            void chunks.return?.();
          };
          pace.go();
          chunks.next().then(
            (result) => {
              if (result.done !== true) pace.came(result.value.length);
              pace.rest();
              resolve(result);
            },
            (error: unknown) => {
              pace.rest();
              reject(error);
            },
          );
        }),
      async return() {
        pace.rest();
        return (await chunks.return?.()) ?? { done: true, value: undefined };
      },
    };
  }
}

/** The pace of one body. */
export class Pace implements Ticking {
  readonly #clock: Clock;
  readonly #ticker: Ticker;
  /** Milliseconds; the ticker may be one period late. */
  readonly #limit: number;
  readonly #slow: () => void;
  #bytes = 0;
  #going = false;
  #since = 0;
  /** Milliseconds that had passed when it was told to rest. */
  #waited = 0;

  constructor(clock: Clock, ticker: Ticker, idle: number, slow: () => void) {
    this.#clock = clock;
    this.#ticker = ticker;
    this.#limit = idle - ticker.period;
    this.#slow = slow;
  }

  /** Takes note of bytes. */
  came(bytes: number): void {
    this.#bytes += bytes;
    this.tick(this.#clock.now());
  }

  /** Counts time from now on. */
  go(): void {
    this.#going = true;
    this.#since = this.#clock.now() - this.#waited;
    this.#ticker.add(this);
  }

  /** Counts no time until `go`. */
  rest(): void {
    if (!this.#going) return;
    this.#going = false;
    this.#ticker.remove(this);
    this.#waited = this.#clock.now() - this.#since;
  }

  tick(now: number): boolean {
    if (now - this.#since < this.#limit) return true;
    if (this.#bytes < fewest) {
      this.#slow();
      return false;
    }
    this.#bytes = 0;
    this.#since = now;
    return true;
  }
}

function tooSlow(idle: number): StatusError {
  const error = new NetronError('deadline_exceeded', `fewer than ${fewest} bytes of the body came in ${idle} ms`);
  return new StatusError(408, error, [], true);
}
