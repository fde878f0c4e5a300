/** Picks of the balancer with results reported, as calls that one connection brings in one turn make them. */
import { p2c } from '@omnitron-dev/netron/discovery';
import { valueLine } from './report.mjs';
import { cpuMs, median } from './rounds.mjs';

const turns = 5_000;
const perTurn = 64;

/** @type {import('./run.mjs').Part} */
export async function picks({ rounds }) {
  const balancer = p2c();
  const context = { service: 'x', method: 'y', tried: new Set() };
  const peers = Array.from({ length: 1_000 }, (_, number) => ({
    id: `${number}`,
    node: { id: `${number}`, labels: {}, weight: 1 },
    active: 0,
    weight: 1,
    quietSince: 0,
  }));
  /** @type {number[]} */
  const rates = [];
  for (let round = 0; round <= rounds; round += 1) {
    const start = cpuMs();
    for (let turn = 0; turn < turns; turn += 1) {
      for (let pick = 0; pick < perTurn; pick += 1) balancer.reportResult(balancer.selectPeer(peers, context), true, 1);
      await undefined;
    }
    if (round > 0) rates.push((turns * perTurn) / (cpuMs() - start) / 1_000);
  }
  const rate = median(rates);
  return [valueLine('picks with results reported, 1,000 endpoints', `${rate.toFixed(1)} M/s of CPU time`, '≥ 5 M/s', rate >= 5)];
}
