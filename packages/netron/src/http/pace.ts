/** Watches the speed of request bodies and disconnects clients that keep a request open with a few bytes. */
import { NetronError } from '../errors/netron-error.js';
import type { Clock } from '../util/clock.js';
import { StatusError } from './refusal.js';

/** Fewest bytes that a body must bring within the idle time, unless it ends. */
const minBytes = 1_024;

/** Watches all bodies of a server with one timer, which runs until no body is left. */
export class Paces {
  /** Milliseconds without progress after which a client is disconnected. */
  readonly idle: number;
  readonly clock: Clock;
  /** Milliseconds between two checks. */
  readonly period: number;
  // An array: a Set that changes with each request is slower.
  readonly #waiting: Pace[] = [];
  #timer: unknown;

  constructor(clock: Clock, idle: number) {
    this.idle = idle;
    this.clock = clock;
    this.period = Math.min(500, idle / 16);
  }

  /** Watches a body from now on; calls `slow` once when it is too slow. */
  watch(slow: (error: StatusError) => void): Pace {
    const pace = new Pace(this, slow);
    this.add(pace);
    return pace;
  }

  /** Adds a body to the periodic checks. */
  add(pace: Pace): void {
    if (pace.place >= 0) return;
    pace.place = this.#waiting.push(pace) - 1;
    // The timer keeps running after the last body, since the next request would start it again.
    this.#timer ??= this.clock.setTimeout(this.#check, this.period, true);
  }

  remove(pace: Pace): void {
    const { place } = pace;
    if (place < 0) return;
    pace.place = -1;
    const last = this.#waiting.pop()!;
    if (last === pace) return;
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
  paced(chunks: AsyncIterator<Uint8Array, void>): AsyncIterator<Uint8Array, void> {
    let fail: (error: StatusError) => void = () => {};
    const pace = new Pace(this, (error) => fail(error));
    return {
      next: () =>
        new Promise((resolve, reject) => {
          fail = (error) => {
            reject(error);
            void chunks.return?.();
          };
          pace.start();
          chunks.next().then(
            (result) => {
              if (result.done !== true) pace.received(result.value.length);
              pace.pause();
              resolve(result);
            },
            (error: unknown) => {
              pace.pause();
              reject(error);
            },
          );
        }),
      async return() {
        pace.pause();
        return (await chunks.return?.()) ?? { done: true, value: undefined };
      },
    };
  }
}

/** The speed of one body. */
export class Pace {
  /** Index in the list of watched bodies; negative while it is not in the list. */
  place = -1;
  readonly #paces: Paces;
  readonly #slow: (error: StatusError) => void;
  #bytes = 0;
  #running = false;
  /** `undefined` until the first check: most bodies have arrived by then and need no clock reading. */
  #since: number | undefined;
  /** Milliseconds that had counted before the last `pause`. */
  #elapsed = 0;

  constructor(paces: Paces, slow: (error: StatusError) => void) {
    this.#paces = paces;
    this.#slow = slow;
  }

  /** Counts received bytes. */
  received(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Starts counting time. */
  start(): void {
    this.#running = true;
    this.#since = this.#paces.clock.now() - this.#elapsed;
    this.#paces.add(this);
  }

  /** Stops counting time until `start`. */
  pause(): void {
    if (!this.#running) return;
    this.#running = false;
    this.#paces.remove(this);
    this.#elapsed = this.#paces.clock.now() - (this.#since ?? 0);
  }

  /** Stops watching: the body has ended, or is not read any more. */
  end(): void {
    this.#paces.remove(this);
  }

  /** Checks whether enough has arrived. The first check and the next one may each be one period late. */
  check(now: number): void {
    const { idle, period } = this.#paces;
    this.#since ??= now;
    if (now - this.#since < idle - 2 * period) return;
    if (this.#bytes < minBytes) {
      this.#paces.remove(this);
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
