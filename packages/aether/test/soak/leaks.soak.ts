/** The counts of the leak tests with large numbers, and the heap besides: a machine that does nothing else judges them. */
import { expect, it } from 'vitest';
import { measure } from '../leaks/measure.js';
import { renders } from '../leaks/renders.js';

it.each([
  ['compiled', true],
  ['at run time', false],
] as const)(
  '10,000 rendered and ended pages and 1,000 navigations change the heap by less than 1 %%: %s',
  async (_, compiled) => {
    const many = { mount: 10_000, navigate: 1_000 };
    const { asked, askedAfterwards, ...measured } = await measure(many, { countHeap: true, compiled });
    for (const name of Object.keys(many) as (keyof typeof many)[]) {
      const { before, after } = measured[name];
      console.log(name, before, after);
      expect([after.left, after.running]).toEqual([0, 0]);
      expect(after.timers).toBeLessThan(before.timers + 10);
      for (const what of ['nodes', 'listeners', 'heap'] as const)
        expect(after[what] / before[what], `${what} after ${name}`).toBeLessThan(1.01);
    }
    expect(askedAfterwards).toEqual(asked);
  },
);

it('1,000 pages rendered on a server change the heap by less than 1 %', async () => {
  const { before, after } = await renders(2_000, 1_000);
  console.log(before, after);
  expect(after.left).toBe(0);
  expect(after.heap / before.heap).toBeLessThan(1.01);
});
