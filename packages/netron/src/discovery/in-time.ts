import type { Clock } from '../util/clock.js';
import { onAbort } from '../util/on-abort.js';

/**
 * Runs `work` with a signal that is aborted with `ended`, or after `ms` milliseconds. Rejects at once in these cases, even if `work`
 * ignores its signal. Leaves no listener at `ended`, which lives longer.
 *
 * @param who the party that should answer, for the message of the timeout error
 */
export async function inTime<T>(
  clock: Clock,
  ended: AbortSignal,
  who: string,
  ms: number,
  work: (signal: AbortSignal) => PromiseLike<T>,
): Promise<T> {
  // Not `AbortSignal.any`: in Node 20 the longer-lived signal retains some bytes for each signal derived from it.
  const over = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    onAbort(over.signal, reject);
  });
  const unlink = onAbort(ended, (reason) => over.abort(reason));
  const timer = clock.setTimeout(() => over.abort(new Error(`${who} did not answer within ${ms} ms`)), ms, true);
  try {
    return await Promise.race([aborted, (async () => work(over.signal))()]);
  } finally {
    unlink();
    clock.clearTimeout(timer);
  }
}
