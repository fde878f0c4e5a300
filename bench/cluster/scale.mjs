/**
 * Costs by the number of nodes. Queries of discovery with ranges among records of 1,000 nodes; calls of a service proxy among
 * 1, 10, 100 and 1,000 nodes in this process: growth is linear where a call costs the same.
 */
import { defineService, MemoryNetwork, MemoryTransport, Netron } from '@omnitron-dev/netron';
import { staticDiscovery } from '@omnitron-dev/netron/discovery';
import { valueLine } from './report.mjs';
import { median, quantile } from './rounds.mjs';

/** @type {import('./run.mjs').Part} */
export async function scale({ rounds }) {
  return [await queries(), ...(await calls(rounds))];
}

/** @returns {Promise<import('./report.mjs').Line>} */
async function queries() {
  const records = Array.from({ length: 1_000 }, (_, number) => ({
    id: `node-${number}`,
    address: `memory:none-${number}`,
    services: Array.from({ length: 10 }, (_, service) => `service-${(number + service) % 100}@1.${number % 7}.0`),
    labels: { zone: `zone-${number % 3}` },
  }));
  const node = await Netron.create({ logLevel: 'silent', discovery: staticDiscovery(records) });
  const { discovery } = node;
  if (discovery === undefined) throw new Error('expected a node with discovery');
  /** @type {number[]} */
  const times = [];
  const total = 50_000;
  const start = performance.now();
  for (let query = 0; query < total; query += 1) {
    const begun = performance.now();
    const found = await discovery.findService(`service-${query % 100}@^1.${query % 7}.0`);
    times.push(performance.now() - begun);
    if (found === undefined || found === null) throw new Error('expected a service, found none');
  }
  const rate = total / ((performance.now() - start) / 1_000);
  await node.stop();
  const late = quantile(times, 0.99);
  const value = `${Math.round(rate).toLocaleString('en')}/s, p99 ${late.toFixed(3)} ms`;
  return valueLine('queries with ranges, 1,000 nodes × 10 services', value, '≥ 10,000/s, p99 < 5 ms', rate >= 10_000 && late < 5);
}

/** @param {number} rounds @returns {Promise<import('./report.mjs').Line[]>} */
async function calls(rounds) {
  /** @type {import('./report.mjs').Line[]} */
  const lines = [];
  let one = 0;
  for (const count of [1, 10, 100, 1_000]) {
    const network = new MemoryNetwork();
    const nodes = [];
    for (let number = 0; number < count; number += 1) {
      const node = await Netron.create({
        logLevel: 'silent',
        additionalTransports: [new MemoryTransport(network)],
        transports: { memory: { name: `node-${number}` } },
      });
      await node.peer.exposeService(
        defineService({ name: 'adder@1.0.0', methods: { add: (/** @type {number} */ a, /** @type {number} */ b) => a + b } }),
      );
      nodes.push(node);
    }
    const client = await Netron.create({
      logLevel: 'silent',
      additionalTransports: [new MemoryTransport(network)],
      discovery: staticDiscovery(nodes.map((node) => node.addresses[0] ?? '')),
    });
    /** @type {{ add(a: number, b: number): Promise<number> }} */
    const adder = client.service('adder');
    const round = () => Promise.all(Array.from({ length: 64 }, (_, number) => adder.add(number, 1)));
    // A caller is connected to 20 of them at most: what it pays does not grow with the cluster.
    for (let turn = 0; turn < 500; turn += 1) await round();
    /** @type {number[]} */
    const rates = [];
    for (let turn = 0; turn < rounds; turn += 1) {
      const before = process.cpuUsage();
      for (let done = 0; done < 20_000; done += 64) await round();
      const { user, system } = process.cpuUsage(before);
      rates.push(20_000 / ((user + system) / 1_000_000));
    }
    const rate = median(rates);
    if (count === 1) one = rate;
    const value = `${Math.round(rate).toLocaleString('en')} calls/s of CPU time, ${(rate / one).toFixed(2)} of one`;
    lines.push({ row: `a service of ${count} node${count === 1 ? '' : 's'}, 64 in flight`, asked: '', value });
    await client.stop();
    await Promise.all(nodes.map((node) => node.stop()));
  }
  return lines;
}
