import type { Clock } from '../util/clock.js';

/**
 * Runs `work` with a signal that is aborted with `ended`, or after `ms` milliseconds. Rejects at once then, also when `work`
 * does not look at its signal.
 *
 * @param who is asked: begins the message of the error when it is late
 */
export async function inTime<T>(
  clock: Clock,
  ended: AbortSignal,
  who: string,
  ms: number,
  work: (signal: AbortSignal) => PromiseLike<T>,
): Promise<T> {
  const late = new AbortController();
  const timer = clock.setTimeout(() => late.abort(new Error(`${who} has not answered within ${ms} ms`)), ms, true);
  const signal = AbortSignal.any([ended, late.signal]);
  let abort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });
  try {
    return await Promise.race([work(signal), aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
    clock.clearTimeout(timer);
  }
}
