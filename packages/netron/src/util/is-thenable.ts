/** Whether `value` is something that `await` would wait for. Functions with a `then` are none: proxies may be such. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
