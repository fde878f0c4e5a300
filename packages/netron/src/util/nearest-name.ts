/** Returns the known name that a misspelt one is closest to, with changes to at most a third of its letters. Case is ignored. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let fewest = Infinity;
  for (const each of known) {
    const changes = changesBetween(each.toLowerCase(), name.toLowerCase());
    if (changes >= fewest || changes > Math.max(1, Math.floor(each.length / 3))) continue;
    fewest = changes;
    best = each;
  }
  return best;
}

/** Counts the letters to change, add, remove or swap with the next one. */
function changesBetween(from: string, to: string): number {
  let beforeAbove: number[] = [];
  let above = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const line = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let least = Math.min(above[column]! + 1, line[column - 1]! + 1, above[column - 1]! + (same ? 0 : 1));
      const swapped = row > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (swapped) least = Math.min(least, beforeAbove[column - 2]! + 1);
      line.push(least);
    }
    beforeAbove = above;
    above = line;
  }
  return above[to.length]!;
}
