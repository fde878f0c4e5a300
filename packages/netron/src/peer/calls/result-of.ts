/**
 * Returns the promise of a call typed as its result, for use in the arguments of another call: `api.save({ user: resultOf(api.getUser(1))
 * })`. A call of the same peer is referred to by number, so that both take one round trip; a call of another peer is awaited first.
 */
export function resultOf<T>(call: PromiseLike<T>): T {
  return call as T;
}
