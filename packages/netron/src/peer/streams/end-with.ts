/** Streams that end with an `AbortSignal`. */
import type { Settler } from '../calls/promises.js';

/** Key of the method that ties a received stream to a signal: the stream fails when the signal aborts. */
export const endWith: unique symbol = Symbol('endWith');

/** Ties a result that is a stream to the signal of its call. */
export function endResultWith(result: unknown, signal: AbortSignal): void {
  if (typeof result !== 'object' || result === null) return;
  (result as { [endWith]?(signal: AbortSignal): void })[endWith]?.(signal);
}

/** Does the same for a pending result, before its promise settles. */
export function endSettledWith(slot: Settler, signal: AbortSignal): void {
  const { resolve } = slot;
  slot.resolve = (result) => {
    endResultWith(result, signal);
    resolve(result);
  };
}
