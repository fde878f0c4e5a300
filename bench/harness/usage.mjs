/** What a process uses. */
import { readFileSync } from 'node:fs';

/** @returns {number} resident bytes after a full collection (needs --expose-gc) */
export async function settledMemory() {
  for (let turn = 0; turn < 3; turn++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  return process.memoryUsage.rss();
}

/**
 * @param {number[]} pids further processes (Linux only; elsewhere they count as nothing)
 * @returns {number} seconds of CPU used so far by this process and those
 */
export function cpuSeconds(pids) {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6 + pids.reduce((sum, pid) => sum + otherCpuSeconds(pid), 0);
}

/** @param {number} pid */
function otherCpuSeconds(pid) {
  try {
    // Fields 14 and 15, in hundredths of a second; the name in field 2 may hold spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}

/** Follows the resident memory of this process until stopped. */
export function watchMemory() {
  const baseline = process.memoryUsage.rss();
  let peak = baseline;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 20);
  return () => {
    clearInterval(timer);
    return Math.max(peak, process.memoryUsage.rss()) - baseline;
  };
}
