import type { Clock } from '@omnitron-dev/netron';

/** The system's clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  setTimeout(action, ms, background) {
    const timer = setTimeout(action, ms);
    if (background) timer.unref();
    return timer;
  },
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
};
