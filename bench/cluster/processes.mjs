/** Calls of one process to a service that one, two and four processes serve. */
import { costOf, measureFleets } from './fleet.mjs';

const counts = [1, 2, 4];

/** @type {import('./run.mjs').Part} */
export async function processes({ rounds }) {
  const wanted = counts.map((count) => /** @type {const} */ (['netron.mjs', 'netron-tcp', count]));
  const measured = await measureFleets(wanted, rounds);
  const first = measured[0]?.rate ?? Number.NaN;
  return measured.map((one, at) => ({
    row: `${counts[at]} server process${at === 0 ? '' : 'es'}, 64 in flight`,
    asked: '',
    value: `${costOf(one)}; ${(one.rate / first).toFixed(2)} of one`,
  }));
}
