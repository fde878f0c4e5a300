/**
 * Goes on with a value as soon as it is there: at once when it is no promise. What is known already then costs neither a
 * promise nor a turn.
 *
 * @throws whatever `next` throws, when it is called at once
 */
export function whenThere<T, R>(value: T | Promise<T>, next: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
