import type { Instance } from './instance.js';

/**
 * Brings instances into a new order, moving as few as possible. Those that are new are inserted; those that are gone have
 * been removed before.
 *
 * @param sources of each instance, its place among the ones before, of which there were `count`; -1 for a new one
 * @param end node after the last of them
 */
export function arrange(
  instances: readonly Instance[],
  sources: readonly number[],
  count: number,
  parent: Node,
  end: Node | null,
): void {
  let first = 0;
  let last = instances.length;
  while (first < last && sources[first] === first) first++;
  // Counted from the end, these are where they were.
  const shift = last - count;
  while (last > first && (sources[last - 1] as number) >= 0 && (sources[last - 1] as number) + shift === last - 1) last--;
  if (first === last) return;
  let before = last === instances.length ? end : (instances[last] as Instance).firstNode();
  const still = longestIncreasing(sources, first, last);
  let kept = still.length - 1;
  for (let index = last; index-- > first; ) {
    const instance = instances[index] as Instance;
    if (kept >= 0 && still[kept] === index) kept--;
    else instance.insert(parent, before);
    before = instance.firstNode();
  }
}

/** Indexes between two of a longest increasing subsequence; -1 is left out. */
function longestIncreasing(values: readonly number[], first: number, last: number): number[] {
  const tails: number[] = [];
  const previous: number[] = [];
  for (let index = first; index < last; index++) {
    const value = values[index] as number;
    if (value < 0) continue;
    let low = 0;
    let high = tails.length;
    // Mostly the last is smaller.
    if (high > 0 && (values[tails[high - 1] as number] as number) < value) low = high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((values[tails[middle] as number] as number) < value) low = middle + 1;
      else high = middle;
    }
    previous[index - first] = low > 0 ? (tails[low - 1] as number) : -1;
    tails[low] = index;
  }
  const result: number[] = [];
  for (let index = tails.at(-1) ?? -1; index >= 0; index = previous[index - first] as number) result.push(index);
  return result.reverse();
}
