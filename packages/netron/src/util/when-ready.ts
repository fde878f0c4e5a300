/**
 * Continues with a value, synchronously when it is not a promise: a known value then costs neither a promise nor a turn.
 *
 * @throws the error of `next`, when it is called synchronously
 */
export function whenReady<T, R>(value: T | Promise<T>, next: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
