/**
 * Cost of a service proxy beside direct ones, as ratios of one run: `npm run bench:cluster`. Rounds alternate between the two
 * sides; each figure is the median of its rounds.
 */
import { fork } from 'node:child_process';
import { Netron } from '@omnitron-dev/netron';
import { p2c, staticDiscovery } from '@omnitron-dev/netron/discovery';

const rounds = Number(process.argv[2] ?? 9);
const child = fork(new URL('nodes.mjs', import.meta.url));
/** @type {{ id: string, address: string }[]} */
const nodes = [];
await new Promise((resolve) => {
  child.on('message', (node) => {
    nodes.push(/** @type {{ id: string, address: string }} */ (node));
    if (nodes.length === 3) resolve(undefined);
  });
});

/** @typedef {{ add(a: number, b: number): Promise<number> }} Adder */
const plain = await Netron.create();
const client = await Netron.create({ discovery: staticDiscovery(nodes) });
/** @param {number} node @param {string} service @returns {Promise<Adder>} */
// With a session, as connections to the nodes of a service have one.
const direct = async (node, service) =>
  (await plain.connect(nodes[node]?.address ?? '', { session: true })).queryInterface(service);
const one = await direct(0, 'one');
const three = [await direct(0, 'three'), await direct(1, 'three'), await direct(2, 'three')];
/** @type {Adder} */
const balancedOne = client.service('one');
/** @type {Adder} */
const balancedThree = client.service('three');
/** @type {Adder} */
const guarded = client.service('one', { timeout: 10_000, breaker: {}, bulkhead: { concurrent: 10_000 } });
for (const service of [balancedOne, balancedThree, guarded]) await service.add(1, 2);
while (client.peers.size < 3) await new Promise((resolve) => setTimeout(resolve, 10));

let turn = 0;
/** @type {Record<string, () => Promise<number>>} */
const sides = {
  direct: () => one.add(1, 2),
  balanced: () => balancedOne.add(1, 2),
  guarded: () => guarded.add(1, 2),
  inTurn: () => /** @type {Adder} */ (three[turn++ % 3]).add(1, 2),
  balancedThree: () => balancedThree.add(1, 2),
};

/** Calls per second. @param {() => Promise<number>} call @param {number} inFlight @param {number} total */
async function rate(call, inFlight, total) {
  let made = 0;
  const chain = async () => {
    for (; made < total; ) {
      made += 1;
      await call();
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: inFlight }, chain));
  return (1000 * total) / (performance.now() - start);
}

/** @param {number[]} values */
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

console.log('| | at least | 1 | 64 | 512 |\n| --- | --- | --- | --- | --- |');
/** @type {Record<string, string[]>} */
const cells = { balanced: [], balancedThree: [], guarded: [] };
for (const [inFlight, total] of /** @type {const} */ ([
  [1, 2_000],
  [64, 30_000],
  [512, 30_000],
])) {
  /** @type {Record<string, number[]>} */
  const rates = Object.fromEntries(Object.keys(sides).map((side) => [side, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [side, call] of Object.entries(sides)) {
      const measured = await rate(call, inFlight, total);
      // The first round warms up.
      if (round > 0) rates[side]?.push(measured);
    }
  }
  const of = (/** @type {string} */ side) => median(rates[side] ?? []);
  cells.balanced?.push((of('balanced') / of('direct')).toFixed(2));
  cells.balancedThree?.push((of('balancedThree') / of('inTurn')).toFixed(2));
  cells.guarded?.push((of('guarded') / of('balanced')).toFixed(2));
}
console.log(`| balanced over one ÷ direct proxy | 0.9 | ${cells.balanced?.join(' | ')} |`);
console.log(`| balanced over three ÷ three direct proxies in turn | 0.9 | ${cells.balancedThree?.join(' | ')} |`);
console.log(`| with deadline, retry, breaker, bulkhead ÷ balanced | 0.5 | ${cells.guarded?.join(' | ')} |`);

const balancer = p2c();
const context = { service: 'x', method: 'y', tried: new Set() };
const peers = Array.from({ length: 1_000 }, (_, number) => ({
  id: `${number}`,
  node: { id: `${number}`, labels: {}, weight: 1 },
  active: 0,
  weight: 1,
  quietSince: 0,
}));
const turns = 20_000;
const perTurn = 64;
const picks = turns * perTurn;
const start = performance.now();
for (let turn = 0; turn < turns; turn += 1) {
  for (let pick = 0; pick < perTurn; pick += 1) balancer.reportResult(balancer.selectPeer(peers, context), true, 1);
  await undefined;
}
console.log(`\npicks with results reported, 1,000 endpoints: ${(picks / (performance.now() - start) / 1000).toFixed(1)} M/s (5)`);

await client.stop();
await plain.stop();
child.disconnect();

await import('./scale.mjs');
