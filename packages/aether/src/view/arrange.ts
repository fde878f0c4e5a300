import type { Instance } from './instance.js';

/**
 * Arranges instances in a new order, and moves as few as possible, and not the focused one, which would lose its focus. New
 * instances are inserted; removed ones are already gone.
 *
 * @param sources for each instance, its position among the previous ones, of which there were `count`; -1 for a new one
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
  // Counted from the end, these are already in place.
  const shift = last - count;
  while (last > first && (sources[last - 1] as number) >= 0 && (sources[last - 1] as number) + shift === last - 1) last--;
  if (first === last) return;
  const still = longestIncreasing(sources, first, last, focused(instances, parent));
  if (last < instances.length) still.push(last);
  const next = (kept: number) => (kept < still.length ? (instances[still[kept] as number] as Instance).firstNode() : end);
  let kept = 0;
  let before = next(0);
  // In order: a select selects its first added option.
  for (let index = first; index < last; index++) {
    if (still[kept] === index) before = next(++kept);
    else (instances[index] as Instance).insert(parent, before);
  }
}

/** Returns the index of the focused instance; -1 if there is none. */
function focused(instances: readonly Instance[], parent: Node): number {
  let focus: Node | null | undefined = (parent.getRootNode?.() as Partial<Document> | undefined)?.activeElement;
  while (focus && focus.parentNode !== parent) focus = focus.parentNode;
  if (!focus) return -1;
  return instances.findIndex((instance) => {
    const end = instance.lastNode();
    let node: Node | null = instance.firstNode();
    while (node && node !== focus && node !== end) node = node.nextSibling;
    return node === focus;
  });
}

/**
 * Returns the indexes, within a range, of the longest increasing subsequence that contains the index `pinned`, unless that
 * is -1; values of -1 are skipped.
 */
function longestIncreasing(values: readonly number[], first: number, last: number, pinned: number): number[] {
  const tails: number[] = [];
  const previous: number[] = [];
  for (let index = first; index < last; index++) {
    const value = values[index] as number;
    // Instances before the pinned one stay before it.
    if (value < 0 || index < pinned !== value < (values[pinned] as number)) continue;
    let low = 0;
    let high = tails.length;
    // The last one is usually smaller.
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
