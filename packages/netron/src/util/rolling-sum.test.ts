import { expect, it } from 'vitest';
import { RollingSum } from './rolling-sum.js';

it('forgets a tenth of the window at a time, all of it after a pause, and works while the clock stands still', () => {
  const sum = new RollingSum(1_000);
  sum.add(5_000, 2);
  sum.add(5_050);
  expect(sum.total(5_099)).toBe(3);
  sum.add(5_500, 4);
  expect(sum.total(5_999)).toBe(7);
  expect(sum.total(6_000)).toBe(4);
  expect(sum.total(6_499)).toBe(4);
  expect(sum.total(6_500)).toBe(0);
  sum.add(6_500);
  expect(sum.total(90_000)).toBe(0);
  sum.add(90_000);
  sum.clear();
  expect(sum.total(90_000)).toBe(0);
});
