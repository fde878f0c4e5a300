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
 * with the first of them. Another stop that has less may shorten it, for steps under way as well.
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

  /** Milliseconds that the next step has. */
  get left(): number {
    const now = this.#clock.now();
    const end = this.#begin();
    return Math.max(end - now, (end + this.#all - now) / 10, 0);
  }

  /** Takes over the time of another stop where it ends earlier. */
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

  /** The same for half of what it may take. */
  waitHalf<T>(step: () => T | PromiseLike<T>): Promise<T> {
    return this.#wait(step, this.left / 2, () => this.left / 2);
  }

  /**
   * Runs a step and waits for it as long as it may take.
   *
   * @throws what the step throws, or `OutOfTime`
   */
  wait<T>(step: () => T | PromiseLike<T>): Promise<T> {
    return this.#wait(step, this.left, () => this.left);
  }

  /**
   * Runs a step that ends by itself, well, in the milliseconds that it is given, and waits for it: less long where the time is shortened meanwhile. That is no
   * failure: with the shorter time from its beginning, it would have ended by itself as well.
   *
   * @returns whether it has ended
   * @throws what the step throws until then
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
      const text = `did not end in the time of the stop (${this.#all} ms)`;
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
