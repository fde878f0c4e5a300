import type { Instance } from './instance.js';

/**
 * Brings instances into a new order, moving as few as possible. Those that are new are inserted; those that are gone have
 * been removed before.
 *
 * @param end node after the last of them
 */
export function arrange(old: readonly Instance[], next: readonly Instance[], parent: Node, end: Node | null): void {
  let start = 0;
  let oldEnd = old.length;
  let nextEnd = next.length;
  let before = end;
  while (start < oldEnd && start < nextEnd && old[start] === next[start]) start++;
  while (oldEnd > start && nextEnd > start && old[oldEnd - 1] === next[nextEnd - 1]) {
    oldEnd--;
    before = (next[--nextEnd] as Instance).firstNode();
  }
  if (start === nextEnd) return;
  const places = new Map<Instance, number>();
  for (let index = start; index < oldEnd; index++) places.set(old[index] as Instance, index);
  const sources: number[] = [];
  for (let index = start; index < nextEnd; index++) sources.push(places.get(next[index] as Instance) ?? -1);
  const still = longestIncreasing(sources);
  let kept = still.length - 1;
  for (let index = nextEnd - 1; index >= start; index--) {
    const instance = next[index] as Instance;
    if (kept >= 0 && still[kept] === index - start) kept--;
    else instance.insert(parent, before);
    before = instance.firstNode();
  }
}

/** Indexes of a longest increasing subsequence; -1 is left out. */
function longestIncreasing(values: readonly number[]): number[] {
  const tails: number[] = [];
  const previous: number[] = [];
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number;
    if (value < 0) continue;
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((values[tails[middle] as number] as number) < value) low = middle + 1;
      else high = middle;
    }
    previous[index] = low > 0 ? (tails[low - 1] as number) : -1;
    tails[low] = index;
  }
  const result: number[] = [];
  for (let index = tails.at(-1) ?? -1; index >= 0; index = previous[index] as number) result.push(index);
  return result.reverse();
}
