import type { Clock } from './clock.js';

/**
 * Awaits `work` for at most `ms` milliseconds. Late work continues, and its result is discarded.
 *
 * @param late creates the error for late work
 * @param background `false`: waiting keeps the process alive
 * @throws the error of `work`, or that of `late`
 */
export async function inTime<T>(
  clock: Clock,
  ms: number,
  work: T | PromiseLike<T>,
  late: () => Error,
  background = true,
): Promise<Awaited<T>> {
  let timer: unknown;
  const over = new Promise<never>((_, reject) => {
    timer = clock.setTimeout(() => reject(late()), ms, background);
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clock.clearTimeout(timer);
  }
}
