import { reaction } from '../reactive/effect.js';
import { createRoot } from '../reactive/owner.js';

/** Longest wait, in milliseconds, unless another is given. */
const longest = 5_000;

/**
 * Resolves with the value of a signal or function as soon as it is truthy. It tracks reads and does not poll.
 *
 * @param timeout longest wait, in milliseconds; default 5,000
 * @throws Error with the last value when the time is over
 */
export function until<T>(read: () => T, timeout = longest): Promise<NonNullable<T>> {
  return new Promise((resolve, reject) => {
    createRoot((dispose) => {
      let last: T | undefined;
      const timer = setTimeout(() => {
        dispose();
        reject(new Error(`until: no value within ${timeout} ms; the last one was ${String(last)}`));
      }, timeout);
      reaction(() => {
        last = read();
        if (!last) return;
        clearTimeout(timer);
        resolve(last as NonNullable<T>);
        queueMicrotask(dispose);
      });
    });
  });
}
