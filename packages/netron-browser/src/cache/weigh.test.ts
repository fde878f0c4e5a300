import { expect, it } from 'vitest';
import { weigh } from './weigh.js';

it('weighs sets and maps of any size', () => {
  const numbers = Array.from({ length: 200_000 }, (_, number) => number);
  expect([weigh(new Set(numbers)), weigh(new Map(numbers.map((number) => [number, true])))]).toEqual([1_600_000, 3_200_000]);
});
