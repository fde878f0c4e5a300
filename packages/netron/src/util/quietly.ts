/** Runs an action and ignores its failure, synchronous or not: it ends something that has no owner to report to. */
export async function quietly(action: () => unknown): Promise<void> {
  try {
    await action();
  } catch {}
}
