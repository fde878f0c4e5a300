/**
 * Gives the promise of a call the type of its result, for the arguments of another call: `api.save({ user: resultOf(api.getUser(1)) })`. A
 * call of the same peer is named there, and both go in one round trip; a call of another peer is awaited before.
 */
export function resultOf<T>(call: PromiseLike<T>): T {
  return call as T;
}
