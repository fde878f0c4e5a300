/** Creates promises of calls for the parts of a peer. */
import { withOutcome } from '../../errors/outcome.js';

/** The functions that settle a promise. */
export interface Settler {
  resolve: (value: unknown) => void;
  reject: (reason: unknown) => void;
}

/** Creates the promises of calls. */
export interface CallPromises {
  /**
   * Returns a promise that `settler` settles.
   *
   * @param results lets others refer to the result as that of call `id`; absent when that is not possible
   */
  make(settler: Settler, results: object | undefined, id: number): Promise<unknown>;
  /** Sets the number of a call that was queued. */
  name(promise: Promise<unknown>, results: object | undefined, id: number): void;
}

/** Promises whose results cannot be referred to. */
export const plainPromises: CallPromises = {
  make: (settler) =>
    new Promise((resolve, reject) => {
      settler.resolve = resolve;
      settler.reject = reject;
    }),
  name() {},
};

/** Returns a promise of the result of `start`, which cannot be referred to before it arrives. */
export function promiseFrom(promises: CallPromises, start: () => Promise<unknown>): Promise<unknown> {
  const settler: Settler = { resolve: () => {}, reject: () => {} };
  const promise = promises.make(settler, undefined, 0);
  start().then(settler.resolve, settler.reject);
  return promise;
}

/** Returns the promise of a call that failed before it was sent. */
export function rejected(promises: CallPromises, error: unknown): Promise<unknown> {
  return promiseFrom(promises, () => Promise.reject(withOutcome(error, 'not_run')));
}

/** Key of promises that come from something the peer has sent. */
export const ofPeer: unique symbol = Symbol('ofPeer');

/**
 * Marks a promise that comes from an object of a peer, so that its failure may stay unhandled. A method that expects a string calls
 * `given.trim()` and awaits nothing: without this, a peer that sends `{ trim: itsFunction }` could end the process by an unhandled
 * rejection.
 */
export function promiseOfPeer<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return Object.defineProperty(promise, ofPeer, { value: true });
}
