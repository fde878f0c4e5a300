/**
 * A module that is loaded when it is first asked for, and kept: `import()` of one that is there goes through the loader all the same, which with
 * hooks, such as those that compile TypeScript, takes turns of the event loop.
 */
export function loadOnce<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
}
