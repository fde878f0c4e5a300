/** How rows about calls measure. */
import { keepInFlight, quantile } from './measure.mjs';

/** @type {import('./row.mjs').Metric[]} */
export const callMetrics = [
  { key: 'rate', title: 'calls/s', better: 'higher' },
  { key: 'p50', title: 'p50 µs', better: 'lower' },
  { key: 'p99', title: 'p99 µs', better: 'lower' },
  { key: 'cpu', title: 'server CPU, s per 100 k calls', better: 'lower', digits: 3 },
];

/**
 * @param {import('./client.mjs').Run} run
 * @param {{ inFlight: number, call: (chain: number, step: number) => Promise<void>, sample?: number }} load
 */
export async function callRate({ seconds, warmUp, server, measured }, load) {
  await keepInFlight({ ...load, seconds: warmUp });
  const before = await server.ask('cpu');
  let latencies = /** @type {number[]} */ ([]);
  let count = 0;
  const { rate, work } = await measured(async () => {
    ({ count, latencies } = await keepInFlight({ ...load, seconds }));
    return count;
  });
  const cpu = (await server.ask('cpu')) - before;
  return { rate, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99), cpu: (cpu / count) * 1e5, work };
}
