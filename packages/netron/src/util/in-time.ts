import type { Clock } from './clock.js';

/**
 * Awaits `work` for `ms` milliseconds at most. It goes on when it is late; what it gives then is nobody's.
 *
 * @param late makes the error of what is late
 * @param background `false`: waiting keeps the process alive
 * @throws what `work` rejects with, or what `late` makes
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
