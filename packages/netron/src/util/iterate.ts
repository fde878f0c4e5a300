/** Iteration over what the program gives, which may break its promise at any step. */
import { described } from './check.js';
import { hearPromise } from './hear-promise.js';

/** Iterator of an iterable of either kind. */
export type AnyIterator = AsyncIterator<unknown> | Iterator<unknown>;

/**
 * Begins an iteration.
 *
 * @throws TypeError when `value` is not iterable, or what it gives is no iterator; what it throws
 */
export function iteratorOf(value: object): AnyIterator {
  const key = Symbol.asyncIterator in value ? Symbol.asyncIterator : Symbol.iterator;
  // `in` first: the result of a call that is still to come answers to every name.
  if (!(key in value)) throw new TypeError('a stream method must return something iterable');
  const iterator: unknown = (value as Record<symbol, () => unknown>)[key]?.();
  if (typeof (iterator as AnyIterator | undefined | null)?.next === 'function') return iterator as AnyIterator;
  const came = hearPromise(iterator) ? 'a promise' : described(iterator);
  throw new TypeError(`the iterator of a stream must have the function next, but is ${came}`);
}

/** @throws TypeError when what `next` has answered is no step */
export function checkedStep(step: unknown): IteratorResult<unknown> {
  if (typeof step === 'object' && step !== null) return step as IteratorResult<unknown>;
  throw new TypeError(`next of a stream must answer with { done, value }, not with ${described(step)}`);
}
