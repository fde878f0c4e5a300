/** Records writes, so that they can be undone. */

/** Collects functions that undo a write, while a journal is open. */
export const journal: { open: (() => void)[] | undefined } = { open: undefined };

/**
 * Runs `write` with a journal. Writes of an inner journal belong to the outer one, too.
 *
 * @returns its result, or what it threw, and a function that undoes all its writes to signals and stores, the last one first.
 *   A signal that was written again since keeps that value.
 */
export function journaled<T>(write: () => T): { result: T; undo: () => void } | { error: unknown; undo: () => void } {
  const outer = journal.open;
  const own: (() => void)[] = [];
  journal.open = own;
  const undo = () => {
    for (const each of own.splice(0).reverse()) each();
  };
  try {
    return { result: write(), undo };
  } catch (error) {
    return { error, undo };
  } finally {
    journal.open = outer;
    outer?.push(undo);
  }
}
