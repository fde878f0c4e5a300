import { type Clock, longestDelay, systemClock } from '@omnitron-dev/netron';
import { isThenable } from './when-done.js';

/** A step that did not end in time. */
export class OutOfTime extends Error {
  override name = 'OutOfTime';
}

/**
 * Runs a step and waits for it, at most `ms` milliseconds, or without limit if a timer cannot count that far. Later results
 * and failures are ignored.
 *
 * @throws errors of the step, or `OutOfTime`
 */
export async function within<T>(
  ms: number,
  step: () => T | PromiseLike<T>,
  { background = false, clock = systemClock, text = `did not finish within ${ms} ms` }: WaitOptions = {},
): Promise<T> {
  const result = step();
  // A synchronous result needs no timer.
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
  /** Whether the process may exit meanwhile. Default `false`. */
  readonly background?: boolean;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Message of `OutOfTime`. */
  readonly text?: string;
}

/**
 * The time of a stop, which its steps share: each may use the time that is left, at least a tenth of what is left of twice
 * the time, within which all of them end. It begins with the first step. Another stop with less time may shorten it, also
 * for running steps.
 */
export class StopTime {
  #all: number;
  readonly #clock: Clock;
  #end: number | undefined;
  #shortened = deferred();

  /** @param all milliseconds; `Infinity` for no end */
  constructor(all: number, clock: Clock = systemClock) {
    this.#all = all;
    this.#clock = clock;
  }

  /** Milliseconds for the next step. */
  get left(): number {
    const now = this.#clock.now();
    const end = this.#begin();
    return Math.max(end - now, (end + this.#all - now) / 10, 0);
  }

  /** Takes over the time of another stop if it ends earlier. */
  shorten(to: StopTime): void {
    const end = to.#begin();
    if (end + to.#all >= this.#begin() + this.#all) return;
    this.#end = end;
    this.#all = to.#all;
    this.#shortened.resolve();
    this.#shortened = deferred();
  }

  #begin(): number {
    this.#end ??= this.#clock.now() + this.#all;
    return this.#end;
  }

  /** Waits before the first step. */
  async pass(ms: number): Promise<void> {
    await new Promise<void>((resolve) => this.#clock.setTimeout(resolve, ms));
  }

  /** Does the same with half of the available time. */
  waitHalf<T>(step: () => T | PromiseLike<T>): Promise<T> {
    return this.#wait(step, this.left / 2, () => this.left / 2);
  }

  /**
   * Runs a step and waits for it as long as it may take.
   *
   * @throws errors of the step, or `OutOfTime`
   */
  wait<T>(step: () => T | PromiseLike<T>): Promise<T> {
    return this.#wait(step, this.left, () => this.left);
  }

  /**
   * Runs a step that ends successfully by itself within the given milliseconds, and waits for it; for less time if the time
   * is shortened meanwhile. That is not a failure: with the shorter time from the start, it would have ended by itself as
   * well.
   *
   * @returns whether it has ended
   * @throws errors of the step until then
   */
  async waitBounded(step: (ms: number) => unknown): Promise<boolean> {
    try {
      await this.#wait(
        () => step(this.left),
        Infinity,
        () => this.left,
      );
      return true;
    } catch (error) {
      if (error instanceof OutOfTime) return false;
      throw error;
    }
  }

  async #wait<T>(step: () => T | PromiseLike<T>, left: number, whenShortened: () => number): Promise<T> {
    const result = step();
    if (!isThenable(result)) return result;
    const ended = Promise.resolve(result).then((value) => ({ value }));
    for (let ms = left; ; ms = whenShortened()) {
      const { promise } = this.#shortened;
      const text = `did not finish within the stop timeout (${this.#all} ms)`;
      const came = await within(ms, () => Promise.race([ended, promise]), { clock: this.#clock, text });
      if (came) return came.value;
    }
  }
}

/** A promise that is resolved from outside. */
function deferred() {
  let resolve: () => void = () => {};
  const promise = new Promise<undefined>((settle) => {
    resolve = () => settle(undefined);
  });
  return { promise, resolve };
}
