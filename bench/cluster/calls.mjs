/** Calls of a service proxy beside direct ones. */
import { fork } from 'node:child_process';
import { Netron } from '@omnitron-dev/netron';
import { staticDiscovery } from '@omnitron-dev/netron/discovery';
import { compare } from './rounds.mjs';

/** @typedef {{ add(a: number, b: number): Promise<number> }} Adder */

const loads = /** @type {const} */ ([
  [1, 2_000],
  [64, 20_000],
  [512, 20_000],
]);

/** @param {{ rounds: number }} options @returns {Promise<import('./run.mjs').Line[]>} */
export async function calls({ rounds }) {
  const child = fork(new URL('nodes.mjs', import.meta.url));
  /** @type {{ id: string, address: string }[]} */
  const nodes = [];
  await new Promise((resolve) => {
    child.on('message', (node) => {
      nodes.push(/** @type {{ id: string, address: string }} */ (node));
      if (nodes.length === 3) resolve(undefined);
    });
  });
  const plain = await Netron.create();
  const client = await Netron.create({ discovery: staticDiscovery(nodes) });
  /** With a session, as connections to the nodes of a service have one. @param {number} node @param {string} service @returns {Promise<Adder>} */
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
  const sides = {
    direct: () => one.add(1, 2),
    balanced: () => balancedOne.add(1, 2),
    guarded: () => guarded.add(1, 2),
    inTurn: () => /** @type {Adder} */ (three[turn++ % 3]).add(1, 2),
    balancedThree: () => balancedThree.add(1, 2),
  };
  /** @type {import('./run.mjs').Line[]} */
  const lines = [];
  for (const [inFlight, total] of loads) {
    const ratio = await compare(sides, { rounds, inFlight, total });
    /** @param {string} row @param {string} asked @param {string} side @param {string} base */
    const line = (row, asked, side, base) => {
      const { clock, cpu } = ratio(side, base);
      lines.push({
        row: `${row}, ${inFlight} in flight`,
        asked,
        value: `${clock.toFixed(2)} (by the caller's CPU time ${cpu.toFixed(2)})`,
      });
    };
    line('balanced over one ÷ direct proxy', '0.9', 'balanced', 'direct');
    line('balanced over three ÷ three direct proxies in turn', '0.9', 'balancedThree', 'inTurn');
    line('with deadline, retry, breaker, bulkhead ÷ balanced', inFlight === 64 ? '0.5' : '', 'guarded', 'balanced');
  }
  await client.stop();
  await plain.stop();
  child.disconnect();
  return lines;
}
