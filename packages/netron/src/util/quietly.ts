/** Runs an action whose failure, at once or later, is nobody's: what is ended has nobody left to tell. */
export async function quietly(action: () => unknown): Promise<void> {
  try {
    await action();
  } catch {}
}
