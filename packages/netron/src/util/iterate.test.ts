import { describe, expect, it } from 'vitest';
import { checkedStep, iteratorOf } from './iterate.js';

const iterable = (iterator: () => unknown) => ({ [Symbol.asyncIterator]: iterator });

describe('an iteration', () => {
  it('starts with the iterator of a synchronous or asynchronous iterable', () => {
    const iterator = { next: async () => ({ done: true, value: undefined }) };
    expect(iteratorOf(iterable(() => iterator))).toBe(iterator);
    expect(iteratorOf([7]).next()).toEqual({ done: false, value: 7 });
  });

  it.each([
    ['undefined', () => undefined],
    ['a number', () => 5],
    ['an object', () => ({})],
    ['a promise', async () => ({ next() {} })],
    ['a promise', async () => Promise.reject(new Error('unheard'))],
  ])('does not begin with %s for an iterator', (came, iterator) => {
    expect(() => iteratorOf(iterable(iterator))).toThrow(
      new TypeError(`the iterator of a stream must have a function next, but is ${came}`),
    );
  });

  it('does not start with a value that is not iterable', () => {
    expect(() => iteratorOf({})).toThrow(new TypeError('a stream method must return an iterable'));
  });

  it('continues only with iterator results', () => {
    const step = { done: false, value: 1 };
    expect(checkedStep(step)).toBe(step);
    for (const wrong of [undefined, null, Number.NaN, 'step', Symbol('x')])
      expect(() => checkedStep(wrong)).toThrow('next() of a stream must return { done, value }, not');
  });
});
