/** Records writes, so that they can be undone. */

let journal: (() => void)[] | undefined;

/** Notes how to undo a write, if a journal is open. */
export function record(undo: () => void): void {
  journal?.push(undo);
}

/** Returns whether writes are recorded, for those who need work to tell how to undo one. */
export const recording = (): boolean => journal !== undefined;

/**
 * Runs `write` with a journal. Writes of an inner journal belong to the outer one, too.
 *
 * @returns its result, or what it threw, and a function that undoes all its writes to signals and stores, the last one first.
 *   A signal that was written again since keeps that value.
 */
export function journaled<T>(write: () => T): { result: T; undo: () => void } | { error: unknown; undo: () => void } {
  const outer = journal;
  const own: (() => void)[] = [];
  journal = own;
  const undo = () => {
    for (const each of own.splice(0).reverse()) each();
  };
  try {
    return { result: write(), undo };
  } catch (error) {
    return { error, undo };
  } finally {
    journal = outer;
    outer?.push(undo);
  }
}
