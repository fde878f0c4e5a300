/** Iteration over objects of the program, which may violate the protocol at any step. */
import { described } from './check.js';
import { hearPromise } from './hear-promise.js';

/** Iterator of a synchronous or asynchronous iterable. */
export type AnyIterator = AsyncIterator<unknown> | Iterator<unknown>;

/**
 * Starts an iteration.
 *
 * @throws TypeError when `value` is not iterable, or does not return an iterator; the error that it throws
 */
export function iteratorOf(value: object): AnyIterator {
  const key = Symbol.asyncIterator in value ? Symbol.asyncIterator : Symbol.iterator;
  // `in` first: the pending result of a call answers to every name.
  if (!(key in value)) throw new TypeError('a stream method must return an iterable');
  const iterator: unknown = (value as Record<symbol, () => unknown>)[key]?.();
  if (typeof (iterator as AnyIterator | undefined | null)?.next === 'function') return iterator as AnyIterator;
  const came = hearPromise(iterator) ? 'a promise' : described(iterator);
  throw new TypeError(`the iterator of a stream must have a function next, but is ${came}`);
}

/** @throws TypeError when the result of `next` is not an iterator result */
export function checkedStep(step: unknown): IteratorResult<unknown> {
  if (typeof step === 'object' && step !== null) return step as IteratorResult<unknown>;
  throw new TypeError(`next() of a stream must return { done, value }, not ${described(step)}`);
}
