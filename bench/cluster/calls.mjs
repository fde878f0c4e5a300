/** Calls of a service proxy beside direct ones. */
import { Netron } from '@omnitron-dev/netron';
import { staticDiscovery } from '@omnitron-dev/netron/discovery';
import { ratioLine } from './report.mjs';
import { compare } from './rounds.mjs';
import { startNodes } from './started.mjs';

/** @typedef {{ add(a: number, b: number): Promise<number> }} Adder */

const loads = /** @type {const} */ ([
  [1, 2_000],
  [64, 20_000],
  [512, 20_000],
]);

/** @type {import('./run.mjs').Part} */
export async function calls({ rounds }) {
  const { nodes, stop } = await startNodes();
  const plain = await Netron.create();
  const client = await Netron.create({ discovery: staticDiscovery(nodes) });
  /** With a session, as connections to the nodes of a service have one. @param {{ address: string }} node @param {string} service @returns {Promise<Adder>} */
  const direct = async ({ address }, service) => (await plain.connect(address, { session: true })).queryInterface(service);
  const one = await direct(nodes[0], 'one');
  const three = await Promise.all(nodes.map((node) => direct(node, 'three')));
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
  const lines = [];
  for (const [inFlight, total] of loads) {
    const ratio = await compare(sides, { rounds, inFlight, total });
    /** @param {string} row @param {number | undefined} least @param {string} side @param {string} base */
    const line = (row, least, side, base) => lines.push(ratioLine(`${row}, ${inFlight} in flight`, ratio(side, base), least));
    line('balanced over one ÷ direct proxy', 0.9, 'balanced', 'direct');
    line('balanced over three ÷ three direct proxies in turn', 0.9, 'balancedThree', 'inTurn');
    line('with deadline, retry, breaker, bulkhead ÷ balanced', inFlight === 64 ? 0.5 : undefined, 'guarded', 'balanced');
  }
  await client.stop();
  await plain.stop();
  stop();
  return lines;
}
