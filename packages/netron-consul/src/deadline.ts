import type { Clock } from '@omnitron-dev/netron';

/**
 * Runs `work` with a signal that is aborted with `ended`, or after `ms` milliseconds. Rejects at once then, also when `work`
 * does not look at its signal.
 */
export async function inTime<T>(
  clock: Clock,
  ms: number,
  ended: AbortSignal,
  work: (signal: AbortSignal) => PromiseLike<T>,
): Promise<T> {
  const late = new AbortController();
  const timer = clock.setTimeout(() => late.abort(new Error(`Consul has not answered within ${ms} ms`)), ms, true);
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
