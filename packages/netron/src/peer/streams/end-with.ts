/** Streams that end with an `AbortSignal`, as the parts that receive them know them. */
import type { Settler } from '../calls/promises.js';

/** Key of the function of a received stream that ties it to a signal: it then fails when that is aborted. */
export const endWith: unique symbol = Symbol('endWith');

/** Ties a result to the signal of its call, when it is a stream. */
export function endResultWith(result: unknown, signal: AbortSignal): void {
  if (typeof result !== 'object' || result === null) return;
  (result as { [endWith]?(signal: AbortSignal): void })[endWith]?.(signal);
}

/** The same for a result that is still to come, before it settles what waits for it. */
export function endSettledWith(slot: Settler, signal: AbortSignal): void {
  const { resolve } = slot;
  slot.resolve = (result) => {
    endResultWith(result, signal);
    resolve(result);
  };
}
