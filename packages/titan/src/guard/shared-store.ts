import { OutOfTime, within } from '../util/deadline.js';

/** Pause in milliseconds after an unanswered call, during which optional calls are skipped. */
const pause = 1_000;

/**
 * Calls a shared store, which may be unreachable. A failure is reported, the first one after it has worked. A store that
 * does not answer delays the calls made before this was detected, and from then on one call at a time.
 */
export class SharedStore {
  readonly #report: (error: unknown) => void;
  #failing = false;
  /** Time of `performance.now()` before which no call is made. */
  #silentUntil = 0;

  constructor(report: (error: unknown) => void) {
    this.#report = report;
  }

  /** Calls the store, unless an earlier call is still unanswered. Returns `undefined` without an answer within `ms` milliseconds. */
  async ask<T>(ms: number, question: () => T | PromiseLike<T>): Promise<{ readonly answer: T } | undefined> {
    const now = performance.now();
    if (now < this.#silentUntil) return undefined;
    // The first call after a pause is alone.
    if (this.#silentUntil > 0) this.#silentUntil = now + ms;
    return this.tell(ms, question);
  }

  /** Calls the store in any case. */
  async tell<T>(ms: number, question: () => T | PromiseLike<T>): Promise<{ readonly answer: T } | undefined> {
    const asked = (async () => question())();
    try {
      const answer = await within(ms, () => asked).catch((error: unknown) => there(asked, error));
      this.#failing = false;
      this.#silentUntil = 0;
      return { answer };
    } catch (error) {
      this.#silentUntil = error instanceof OutOfTime ? performance.now() + pause : 0;
      if (!this.#failing) this.#report(error);
      this.#failing = true;
      return undefined;
    }
  }
}

/** Returns an answer that has arrived although this process was too busy to read it in time; otherwise throws `error`. */
function there<T>(asked: Promise<T>, error: unknown): Promise<T> {
  return Promise.race([asked, new Promise<never>((_, reject) => setImmediate(reject, error))]);
}
