import { type Clock, longestDelay, systemClock } from '@omnitron-dev/netron';
import { isThenable } from './when-done.js';

/** A step that did not end in time. */
export class OutOfTime extends Error {
  override name = 'OutOfTime';
}

/**
 * Runs a step and waits for it, at most `ms` milliseconds: without end where a timer cannot count as far. What it does afterwards is not waited for; a failure then is left alone.
 *
 * @throws what the step throws, or `OutOfTime`
 */
export async function within<T>(
  ms: number,
  step: () => T | PromiseLike<T>,
  { background = false, clock = systemClock, text = `did not end within ${ms} ms` }: WaitOptions = {},
): Promise<T> {
  const result = step();
  // What is there at once needs no timer.
  if (!isThenable(result) || ms > longestDelay) return result;
  const running = Promise.resolve(result);
  let timer: unknown;
  const late = new Promise<never>((_, reject) => {
    timer = clock.setTimeout(() => reject(new OutOfTime(text)), ms, background);
  });
  try {
    return await Promise.race([running, late]);
  } finally {
    clock.clearTimeout(timer);
    running.catch(() => {});
  }
}

interface WaitOptions {
  /** Whether the process may end meanwhile. Default `false`. */
  readonly background?: boolean;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Message of `OutOfTime`. */
  readonly text?: string;
}

/**
 * The time of a stop, which its steps share: each has what is left of it, at least a tenth of what is left of twice the time, within which all of them end. It begins
 * with the first of them.
 */
export class StopTime {
  readonly #all: number;
  readonly #clock: Clock;
  #end: number | undefined;

  /** @param all milliseconds; `Infinity` for no end */
  constructor(all: number, clock: Clock = systemClock) {
    this.#all = all;
    this.#clock = clock;
  }

  /** Milliseconds that the next step has. */
  get left(): number {
    const now = this.#clock.now();
    this.#end ??= now + this.#all;
    return Math.max(this.#end - now, (this.#end + this.#all - now) / 10, 0);
  }

  /** Waits before the first step. */
  async pass(ms: number): Promise<void> {
    await new Promise<void>((resolve) => this.#clock.setTimeout(resolve, ms));
  }

  /** The same for half of what it may take. */
  waitHalf<T>(step: () => T | PromiseLike<T>): Promise<T> {
    return within(this.left / 2, step, { clock: this.#clock });
  }

  /** Runs a step and waits for it as long as it may take. @throws what the step throws, or `OutOfTime` */
  wait<T>(step: () => T | PromiseLike<T>): Promise<T> {
    return within(this.left, step, { clock: this.#clock, text: `did not end in the time of the stop (${this.#all} ms)` });
  }
}
