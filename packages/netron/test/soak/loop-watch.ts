import { readFileSync } from 'node:fs';

/**
 * Watches how long the event loop answers nobody. Time in which its thread did not run is not counted: other processes
 * share the machine.
 *
 * @returns stops the watch; answers the longest hold in milliseconds
 */
export function watchLoop(): () => number {
  let longest = 0;
  let wall = performance.now();
  let ran = threadTime();
  const look = () => {
    const now = performance.now();
    const runs = threadTime();
    longest = Math.max(longest, Math.min(now - wall, runs - ran));
    wall = now;
    ran = runs;
  };
  const timer = setInterval(look, 1);
  return () => {
    clearInterval(timer);
    look();
    return longest;
  };
}

/** Milliseconds that this thread has run; where the system does not tell, those of the whole process. */
function threadTime(): number {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[0]) / 1e6;
  } catch {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }
}
