import type { Clock } from '../util/clock.js';
import { onAbort } from '../util/on-abort.js';

/**
 * Runs `work` with a signal that is aborted with `ended`, or after `ms` milliseconds. Rejects at once then, also when `work`
 * does not look at its signal. Leaves nothing at `ended`, which lives longer.
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
  // Not `AbortSignal.any`: in Node 20 the longer-lived signal keeps some bytes of each that was made of it.
  const over = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    onAbort(over.signal, reject);
  });
  const unlink = onAbort(ended, (reason) => over.abort(reason));
  const timer = clock.setTimeout(() => over.abort(new Error(`${who} has not answered within ${ms} ms`)), ms, true);
  try {
    return await Promise.race([aborted, (async () => work(over.signal))()]);
  } finally {
    unlink();
    clock.clearTimeout(timer);
  }
}
