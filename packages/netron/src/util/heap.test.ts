import { expect, it } from 'vitest';
import { Heap } from './heap.js';

it('returns its items in order for any order of insertion', () => {
  const heap = new Heap<number>((a, b) => a < b);
  const taken: (number | undefined)[] = [];
  let seed = 7;
  const values = Array.from({ length: 1_000 }, () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % 500;
  });
  for (const [index, value] of values.entries()) {
    heap.push(value);
    if (index % 3 === 0) taken.push(heap.shift());
  }
  for (let item = heap.shift(); item !== undefined; item = heap.shift()) taken.push(item);
  expect(taken.toSorted((a, b) => (a ?? 0) - (b ?? 0))).toEqual(values.toSorted((a, b) => a - b));
  expect(heap.shift()).toBe(undefined);
  for (const value of values) heap.push(value);
  expect(values.map(() => heap.shift())).toEqual(values.toSorted((a, b) => a - b));
});
