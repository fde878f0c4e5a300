/** Rounds in which all contenders take their turn, and their medians. */

/** @param {number[]} numbers */
export const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

/**
 * Measures each contender once in every round, in changing order.
 *
 * @template {string} K
 * @param {number} rounds
 * @param {readonly string[]} names
 * @param {(name: string) => Promise<Record<K, number>>} measure
 * @returns {Promise<Record<string, Record<K, number>>>} medians
 */
export async function interleaved(rounds, names, measure) {
  const all = new Map(names.map((name) => [name, /** @type {Record<K, number>[]} */ ([])]));
  for (let round = 0; round < rounds; round++)
    for (let at = 0; at < names.length; at++) {
      const name = names[(at + round) % names.length] ?? '';
      all.get(name)?.push(await measure(name));
    }
  return Object.fromEntries([...all].map(([name, list]) => [name, medians(list)]));
}

/**
 * @template {string} K
 * @param {Record<K, number>[]} list
 */
function medians(list) {
  const keys = /** @type {K[]} */ (Object.keys(list[0] ?? {}));
  const entries = keys.map((key) => [key, median(list.map((each) => each[key]))]);
  return /** @type {Record<K, number>} */ (Object.fromEntries(entries));
}

/**
 * Milliseconds of CPU time that this process has used.
 *
 * @returns {number}
 */
export function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/**
 * Calls for a while, `inFlight` at a time.
 *
 * @param {(a: number) => Promise<unknown>} call
 * @param {number} seconds
 * @param {number} inFlight
 * @returns {Promise<{ calls: number, perSecond: number }>}
 */
export async function load(call, seconds, inFlight) {
  let calls = 0;
  const began = performance.now();
  const end = began + seconds * 1_000;
  const line = async (/** @type {number} */ a) => {
    for (; performance.now() < end; calls += 1) await call(a);
  };
  await Promise.all(Array.from({ length: inFlight }, (_, a) => line(a)));
  return { calls, perSecond: calls / ((performance.now() - began) / 1_000) };
}
