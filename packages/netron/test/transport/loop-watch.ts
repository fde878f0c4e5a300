/**
 * Watches how long the event loop answers nobody. Time in which this process did not run at all is not counted: other
 * processes share the machine.
 *
 * @returns stops the watch; answers the longest hold in milliseconds
 */
export function watchLoop(): () => number {
  let longest = 0;
  let wall = performance.now();
  let processor = process.cpuUsage();
  const look = () => {
    const used = process.cpuUsage(processor);
    const now = performance.now();
    longest = Math.max(longest, Math.min(now - wall, (used.user + used.system) / 1000));
    wall = now;
    processor = process.cpuUsage();
  };
  const timer = setInterval(look, 1);
  return () => {
    clearInterval(timer);
    look();
    return longest;
  };
}
