/** Promises of calls, as the parts of a peer make them. */
import { withOutcome } from '../../errors/outcome.js';

/** Functions that settle a promise. */
export interface Settler {
  resolve: (value: unknown) => void;
  reject: (reason: unknown) => void;
}

/** Makes the promises of calls. */
export interface CallPromises {
  /**
   * Returns a promise that is settled through `settler`.
   *
   * @param results by which others may name what it resolves to, as the result of call `id`; absent when it cannot be named
   */
  make(settler: Settler, results: object | undefined, id: number): Promise<unknown>;
  /** A call that has waited has got its number. */
  name(promise: Promise<unknown>, results: object | undefined, id: number): void;
}

/** Promises without a name for what they resolve to. */
export const plainPromises: CallPromises = {
  make: (settler) =>
    new Promise((resolve, reject) => {
      settler.resolve = resolve;
      settler.reject = reject;
    }),
  name() {},
};

/** Returns a promise of what `start` gives, which cannot be named before it is there. */
export function promiseFrom(promises: CallPromises, start: () => Promise<unknown>): Promise<unknown> {
  const settler: Settler = { resolve: () => {}, reject: () => {} };
  const promise = promises.make(settler, undefined, 0);
  start().then(settler.resolve, settler.reject);
  return promise;
}

/** Returns the promise of a call that has failed before it was sent. */
export function rejected(promises: CallPromises, error: unknown): Promise<unknown> {
  return promiseFrom(promises, () => Promise.reject(withOutcome(error, 'not_run')));
}

/** Key of promises that come from something that the peer has sent. */
export const ofPeer: unique symbol = Symbol('ofPeer');

/**
 * Says of a promise made by something a peer has sent, that its failure may go unheard. A method that expects text calls
 * `given.trim()` and awaits nothing: were that an unhandled rejection, a peer that sends `{ trim: itsFunction }` would end
 * the process.
 */
export function promiseOfPeer<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return Object.defineProperty(promise, ofPeer, { value: true });
}
