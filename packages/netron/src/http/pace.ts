/** The pace of clients: receives how many bytes of a body have come, and gives those up that keep a request open with a few. */
import { NetronError } from '../errors/netron-error.js';
import type { Clock } from '../util/clock.js';
import { StatusError } from './refusal.js';

/** Bytes that a body brings in the time for which it may stand still, unless it ends. */
const fewest = 1_024;

/** The watch over the bodies of a server: one timer for all of them, which goes on until it finds none. */
export class Paces {
  /** Milliseconds without progress after which a client is dropped. */
  readonly idle: number;
  readonly clock: Clock;
  /** Milliseconds between two looks. */
  readonly period: number;
  // Not a set: one that changes with each request takes longer than this.
  readonly #waiting: Pace[] = [];
  #timer: unknown;

  constructor(clock: Clock, idle: number) {
    this.idle = idle;
    this.clock = clock;
    this.period = Math.min(500, idle / 16);
  }

  /** Watches a body from now on; calls `slow` once if too little of it comes. */
  watch(slow: (error: StatusError) => void): Pace {
    const pace = new Pace(this, slow);
    this.add(pace);
    return pace;
  }

  /** Looks at a body now and then. */
  add(pace: Pace): void {
    if (pace.place >= 0) return;
    pace.place = this.#waiting.push(pace) - 1;
    // Not stopped with the last body: the next one would start it again.
    this.#timer ??= this.clock.setTimeout(this.#look, this.period, true);
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

  readonly #look = (): void => {
    const now = this.clock.now();
    // From the end: what takes the place of a removed one has had its turn.
    for (let place = this.#waiting.length - 1; place >= 0; place -= 1) this.#waiting[place]?.look(now);
    this.#timer = this.#waiting.length === 0 ? undefined : this.clock.setTimeout(this.#look, this.period, true);
  };

  /** Passes chunks on; the time counts in which somebody waits for one. */
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
export class Pace {
  /** Position in the list of those that are watched; below 0 while it is not there. */
  place = -1;
  readonly #paces: Paces;
  readonly #slow: (error: StatusError) => void;
  #bytes = 0;
  #going = false;
  /** `undefined` until the first look: most bodies are there before it, and need no time. */
  #since: number | undefined;
  /** Milliseconds that had passed when it was told to rest. */
  #waited = 0;

  constructor(paces: Paces, slow: (error: StatusError) => void) {
    this.#paces = paces;
    this.#slow = slow;
  }

  /** Takes note of bytes. */
  came(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Counts time from now on. */
  go(): void {
    this.#going = true;
    this.#since = this.#paces.clock.now() - this.#waited;
    this.#paces.add(this);
  }

  /** Counts no time until `go`. */
  rest(): void {
    if (!this.#going) return;
    this.#going = false;
    this.#paces.remove(this);
    this.#waited = this.#paces.clock.now() - (this.#since ?? 0);
  }

  /** The body is over, or nobody reads it any more. */
  end(): void {
    this.#paces.remove(this);
  }

  /** Looks whether enough has come. The first look and the next may each be one period late. */
  look(now: number): void {
    const { idle, period } = this.#paces;
    this.#since ??= now;
    if (now - this.#since < idle - 2 * period) return;
    if (this.#bytes < fewest) {
      this.#paces.remove(this);
      this.#slow(tooSlow(idle));
    } else {
      this.#bytes = 0;
      this.#since = now;
    }
  }
}

function tooSlow(idle: number): StatusError {
  const error = new NetronError('deadline_exceeded', `fewer than ${fewest} bytes of the body came in ${idle} ms`);
  return new StatusError(408, error, [], true);
}
