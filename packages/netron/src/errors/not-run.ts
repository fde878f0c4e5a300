/** Errors of calls that were refused before their method began. */

const marked = new WeakSet<object>();

/** Notes that the call which failed with `error` did not run, so that it may be made again whatever the method does. */
export function markNotRun<E>(error: E): E {
  if (typeof error === 'object' && error !== null) marked.add(error);
  return error;
}

/** Whether the call that failed with `error` is known not to have run. */
export function didNotRun(error: unknown): boolean {
  return typeof error === 'object' && error !== null && marked.has(error);
}
