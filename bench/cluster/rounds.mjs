/** Rounds in which all sides take their turn, and what each has taken. */

/** Milliseconds that a side runs before it is measured. */
const warmUp = 1_500;

/** @param {readonly number[]} numbers */
export const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

/** @param {readonly number[]} numbers @param {number} share */
export const quantile = (numbers, share) =>
  numbers.toSorted((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(share * numbers.length))] ?? Number.NaN;

/** Milliseconds of CPU time that this process has used. */
export function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Bytes of the heap after full collections; needs --expose-gc. */
export async function settledHeap() {
  for (let turn = 0; turn < 3; turn += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/**
 * Makes `total` calls, so many at a time.
 *
 * @param {() => Promise<unknown>} call
 * @param {number} inFlight
 * @param {number} total
 * @returns {Promise<{ clock: number, cpu: number }>} milliseconds of each
 */
export async function load(call, inFlight, total) {
  let made = 0;
  const chain = async () => {
    while (made < total) {
      made += 1;
      await call();
    }
  };
  const [start, cpu] = [performance.now(), cpuMs()];
  await Promise.all(Array.from({ length: inFlight }, chain));
  return { clock: performance.now() - start, cpu: cpuMs() - cpu };
}

/**
 * Measures all sides once in every round, after each has done the same for 1.5 s, so that the engine has compiled what runs often.
 *
 * @param {Record<string, () => Promise<unknown>>} sides
 * @param {{ rounds: number, inFlight: number, total: number }} options
 * @returns {Promise<(faster: string, slower: string) => { clock: number, cpu: number }>} how many times as fast one side is as another
 */
export async function compare(sides, { rounds, inFlight, total }) {
  /** @type {Record<string, { clock: number, cpu: number }[]>} */
  const taken = Object.fromEntries(Object.keys(sides).map((side) => [side, []]));
  for (const call of Object.values(sides)) {
    const end = performance.now() + warmUp;
    while (performance.now() < end) await load(call, inFlight, total);
  }
  for (let round = 0; round < rounds; round += 1)
    for (const [side, call] of Object.entries(sides)) taken[side]?.push(await load(call, inFlight, total));
  return (one, other) => {
    /** @param {'clock' | 'cpu'} by */
    const ratio = (by) =>
      median((taken[other] ?? []).map((each) => each[by])) / median((taken[one] ?? []).map((each) => each[by]));
    return { clock: ratio('clock'), cpu: ratio('cpu') };
  };
}
