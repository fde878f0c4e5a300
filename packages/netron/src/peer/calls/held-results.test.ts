import { expect, it } from 'vitest';
import { HeldResults } from './held-results.js';

it('holds a bounded number of results and drops them on request', () => {
  const results = new HeldResults(2);
  results.hold(1, 'one');
  results.hold(2, undefined);
  results.hold(3, 'three');
  expect([results.size, results.get(1), results.has(2), results.has(3)]).toEqual([2, 'one', true, false]);
  results.drop(1);
  results.hold(3, 'three');
  expect([results.size, results.get(3)]).toEqual([2, 'three']);
  results.clear();
  expect(results.size).toBe(0);
});

it('holds a failure unless a result is held', async () => {
  const results = new HeldResults(2);
  results.hold(1, 'one');
  results.holdFailure(1, new Error('late'));
  results.holdFailure(2, new Error('refused'));
  expect(results.get(1)).toBe('one');
  await expect(results.get(2)).rejects.toThrow('refused');
});

it('holds a pending result, whose failure may stay unhandled', async () => {
  const results = new HeldResults(2);
  results.holdLater(1)(Promise.resolve('one'));
  expect(await results.get(1)).toBe('one');
  const broken = Promise.reject(new Error('broken'));
  results.holdLater(2)(broken);
  await expect(results.get(2)).rejects.toThrow('broken');
});
