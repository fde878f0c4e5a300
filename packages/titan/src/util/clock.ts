import type { Clock } from '@omnitron-dev/netron';

/** Milliseconds of the longest timer, 24 days: those of JavaScript cannot count further, and would end at once. */
export const longestTimer = 2 ** 31 - 1;

/** The system's clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  setTimeout(action, ms, background) {
    const timer = setTimeout(action, Math.min(ms, longestTimer));
    if (background) timer.unref();
    return timer;
  },
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
};

const settled = Promise.resolve();

/** Returns milliseconds on a monotonic clock, which is read once for all that is done in a row: reading it costs as much as a part of a call. */
export function timeOfTurn(): () => number {
  let now = Number.NaN;
  const forget = () => {
    now = Number.NaN;
  };
  return () => {
    if (!Number.isNaN(now)) return now;
    now = performance.now();
    void settled.then(forget);
    return now;
  };
}
