/** Rounds in which all contenders take their turn, and figures made of them. */

export const median = (numbers) => {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

export const geometricMean = (numbers) => Math.exp(numbers.reduce((sum, each) => sum + Math.log(each), 0) / numbers.length);

/**
 * Measures every contender once per round, in changing order.
 *
 * @param {string[]} names
 * @param {number} rounds
 * @param {(name: string, round: number) => Promise<number> | number} measure
 * @returns {Promise<Record<string, number[]>>} a figure per round
 */
export async function interleaved(names, rounds, measure) {
  const figures = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++)
    for (let at = 0; at < names.length; at++) {
      const name = names[(at + round) % names.length];
      figures[name].push(await measure(name, round));
    }
  return figures;
}

/** The median of the ratios of two contenders, round by round: what slows the machine for a while slows both. */
export const ratio = (of, to) => median(of.map((each, round) => each / to[round]));
