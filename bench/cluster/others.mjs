/** Calls balanced over three server processes, beside those of other libraries that balance. */
import { costOf, measureFleets } from './fleet.mjs';
import { ratioLine } from './report.mjs';

const fleets = /** @type {const} */ ([
  ['netron.mjs', 'netron-tcp', 3],
  ['moleculer.mjs', 'moleculer', 3],
  ['grpc-js.mjs', 'grpc-js', 3],
]);

/** @type {import('./run.mjs').Part} */
export async function others({ rounds }) {
  const [own, moleculer, grpc] = await measureFleets(fleets, rounds);
  if (own === undefined || moleculer === undefined || grpc === undefined) throw new Error('expected three fleets');
  const beside = (/** @type {import('./fleet.mjs').Measured} */ other) => ({
    clock: own.rate / other.rate,
    cpu: other.caller / own.caller,
  });
  const names = ['Netron', 'Moleculer', 'grpc-js'];
  return [
    ratioLine('balanced over three ÷ Moleculer (TCP), 64 in flight', beside(moleculer), 2.5),
    ratioLine('balanced over three ÷ grpc-js (`round_robin`), 64 in flight', beside(grpc), 10),
    ...[own, moleculer, grpc].map((one, at) => ({ row: `${names[at]}`, asked: '', value: costOf(one) })),
  ];
}
