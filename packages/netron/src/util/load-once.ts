/**
 * Loads a module on the first call and keeps it. `import()` of a loaded module still passes through the loader, which takes turns of the
 * event loop when there are hooks, such as those that compile TypeScript.
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
