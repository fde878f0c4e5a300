import type { Clock } from './clock.js';
import { onAbort } from './on-abort.js';

/** Resolves after `ms` milliseconds; rejects with the signal's reason as soon as it aborts. */
export function pause(ms: number, clock: Clock, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    let unlink = (): void => {};
    const timer = clock.setTimeout(() => {
      unlink();
      resolve();
    }, ms);
    if (signal === undefined) return;
    unlink = onAbort(signal, (reason) => {
      clock.clearTimeout(timer);
      reject(reason);
    });
  });
}
