/** Returns whether a value is a promise or behaves like one. */
export const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';

/** Continues with a result: at once, or when its promise resolves. A synchronous result costs no turn. */
export function whenDone<T>(
  result: unknown,
  done: (value: unknown) => T,
  failed?: (error: unknown) => T,
): T | Promise<Awaited<T>> {
  return isThenable(result) ? (Promise.resolve(result).then(done, failed) as Promise<Awaited<T>>) : done(result);
}
