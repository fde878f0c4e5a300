/** One and two replicas of a process that share a port, under calls that keep a CPU busy: calls a second, and CPU time of a call. */
import { interleaved, load } from './rounds.mjs';
import { started } from './topology.mjs';

const connections = 16;

/**
 * @param {{ rounds: number, seconds: number }} options
 * @returns {Promise<Record<string, { perSecond: number, cpuUs: number, processes: number }>>}
 */
export async function measureReplicas({ rounds, seconds }) {
  return interleaved(rounds, ['1', '2'], (replicas) => measure(Number(replicas), seconds));
}

/**
 * @param {number} replicas
 * @param {number} seconds
 */
async function measure(replicas, seconds) {
  const app = await started({ processes: { all: { services: ['*'], replicas } } }, replicas);
  try {
    const gateways = await Promise.all(Array.from({ length: connections }, () => app.gateway()));
    await load((at) => gateways[at].work(), seconds / 2, connections);
    /** The first and the last that each process has said of its CPU time. @type {Map<number, [number, number]>} */
    const used = new Map();
    const { calls, perSecond } = await load(
      async (at) => {
        const { pid, cpuMs } = await gateways[at].work();
        used.set(pid, [used.get(pid)?.[0] ?? cpuMs, cpuMs]);
      },
      seconds,
      connections,
    );
    const cpuMs = [...used.values()].reduce((sum, [first, last]) => sum + last - first, 0);
    return { perSecond, cpuUs: (cpuMs * 1_000) / calls, processes: used.size };
  } finally {
    await app.stop();
  }
}
