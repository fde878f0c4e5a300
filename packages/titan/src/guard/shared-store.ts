import { OutOfTime, within } from '../util/deadline.js';

/** Milliseconds after a question without an answer in which nothing is asked that can be done without. */
const pause = 1_000;

/**
 * Calls a shared store, which may be unreachable. A failure is reported, the first one after it has worked. A store that
 * does not answer delays the calls made before this was detected, and from then on one call at a time.
 */
export class SharedStore {
  readonly #report: (error: unknown) => void;
  #failing = false;
  /** Nothing is asked before this moment of `performance.now()`. */
  #silentUntil = 0;

  constructor(report: (error: unknown) => void) {
    this.#report = report;
  }

  /** Calls the store, unless an earlier call is still unanswered. Returns `undefined` without an answer within `ms` milliseconds. */
  async ask<T>(ms: number, question: () => T | PromiseLike<T>): Promise<{ readonly answer: T } | undefined> {
    const now = performance.now();
    if (now < this.#silentUntil) return undefined;
    // The first question after a pause goes alone.
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

/** The answer that has come although this process had no turn to read it in time; otherwise fails with `error`. */
function there<T>(asked: Promise<T>, error: unknown): Promise<T> {
  return Promise.race([asked, new Promise<never>((_, reject) => setImmediate(reject, error))]);
}
