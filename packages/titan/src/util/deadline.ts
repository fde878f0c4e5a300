import { longestTimer } from './clock.js';
import { isThenable } from './when-done.js';

/** A step that did not end in time. */
export class OutOfTime extends Error {
  override name = 'OutOfTime';
}

/**
 * Runs a step and waits for it, at most `ms` milliseconds: without end where a timer cannot count as far. What it does afterwards is not waited for; a failure then is left alone.
 *
 * @param background whether the process may end meanwhile. Default `false`
 * @throws what the step throws, or `OutOfTime`
 */
export async function within<T>(ms: number, step: () => T | PromiseLike<T>, background = false): Promise<T> {
  const result = step();
  // What is there at once needs no timer.
  if (!isThenable(result) || ms > longestTimer) return result;
  const running = Promise.resolve(result);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new OutOfTime(`did not end within ${ms} ms`)), ms);
    if (background) timer.unref();
  });
  try {
    return await Promise.race([running, late]);
  } finally {
    clearTimeout(timer);
    running.catch(() => {});
  }
}
