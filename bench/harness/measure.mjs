/** Loops and clocks shared by the workloads. */

/**
 * @param {number[]} values
 * @returns {number} NaN for none
 */
export function median(values) {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * @param {ArrayLike<number>} values
 * @param {number} q 0 … 1
 * @returns {number}
 */
export function quantile(values, q) {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

/**
 * Keeps `inFlight` calls going for `seconds`.
 *
 * @param {object} options
 * @param {number} options.inFlight
 * @param {number} options.seconds
 * @param {(chain: number, step: number) => Promise<void>} options.call rejects when the answer is wrong
 * @param {number} [options.sample] every how many calls the latency is taken, default 1
 * @returns {Promise<{ count: number, latencies: number[] }>} latencies in microseconds
 */
export async function keepInFlight({ inFlight, seconds, call, sample = 1 }) {
  const latencies = [];
  const start = performance.now();
  const end = start + seconds * 1000;
  let count = 0;
  let running = true;
  const chain = async (/** @type {number} */ index) => {
    for (let step = index; running; step++) {
      if (step % sample === 0) {
        const before = performance.now();
        await call(index, step);
        const after = performance.now();
        latencies.push((after - before) * 1000);
        if (after >= end) running = false;
      } else {
        await call(index, step);
      }
      count++;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_, index) => chain(index)));
  return { count, latencies };
}

/**
 * Runs `transfer(amount)` with an amount that takes about `seconds`, and says how many units per second went through.
 *
 * @param {object} options
 * @param {number} options.seconds
 * @param {number} options.warmUp seconds of transfers before the one that is measured
 * @param {number} options.first amount of the first of these; doubled until one takes a tenth of a second
 * @param {number} options.most upper bound
 * @param {(amount: number) => Promise<void>} options.transfer
 * @param {import('./client.mjs').Run['measured']} options.measured
 * @returns {Promise<import('./client.mjs').Measured>}
 */
export async function throughput({ seconds, warmUp, first, most, transfer, measured }) {
  let amount = first;
  let perSecond = 0;
  for (let warm = 0; warm < warmUp; ) {
    const start = performance.now();
    await transfer(amount);
    const took = (performance.now() - start) / 1000;
    perSecond = amount / took;
    warm += took;
    if (took < 0.1) amount = Math.min(amount * 2, most);
  }
  amount = Math.ceil(Math.min(perSecond * seconds, most));
  return measured(async () => {
    await transfer(amount);
    return amount;
  });
}
