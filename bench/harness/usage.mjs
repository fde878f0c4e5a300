/** What a process uses. */
import { readFileSync } from 'node:fs';

/**
 * What remains after full collections (needs --expose-gc).
 *
 * @param {number[]} [pids] further processes, of which only the resident bytes are known
 * @returns {Promise<{ resident: number, heap: number }>} bytes; `heap` is the JavaScript heap in use and the buffers outside of it
 */
export async function settledMemory(pids = []) {
  for (let turn = 0; turn < 3; turn++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { resident: rss + pids.reduce((sum, pid) => sum + otherResident(pid), 0), heap: heapUsed + external };
}

/** @param {number} pid */
function otherResident(pid) {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
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
