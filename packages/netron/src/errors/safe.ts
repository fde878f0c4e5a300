/** Outcome of a promise, as a value. */
export type SafeResult<T, E = unknown> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

/**
 * Waits for `promise` and resolves with its result or its error; never rejects.
 *
 * ```ts
 * const found = await safe(users.find(id));
 * if (!found.ok) return report(found.error);
 * show(found.value);
 * ```
 *
 * @typeParam E type of the error, as the caller knows it; not checked. Default `unknown`
 */
export async function safe<T, E = unknown>(promise: PromiseLike<T> | T): Promise<SafeResult<Awaited<T>, E>> {
  try {
    return { ok: true, value: await promise };
  } catch (error) {
    return { ok: false, error: error as E };
  }
}
