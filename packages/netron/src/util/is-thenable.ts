/** Whether `await` would wait for `value`. A function with a `then` does not count, since it may be a proxy. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
