import { describe, expect, it } from 'vitest';
import { TestClock } from '../../test/clock.js';
import { Sweep } from './sweep.js';

/** A sweep that notes when it collects; `next` is the result of `collect`. */
function sweep() {
  const clock = new TestClock();
  const made = { next: Number.POSITIVE_INFINITY, at: [] as number[] };
  const start = clock.now();
  const one = new Sweep(clock, () => {
    made.at.push(clock.now() - start);
    return made.next;
  });
  return { clock, made, sweep: one };
}

describe('a sweep', () => {
  it('runs once, at the earliest requested time', async () => {
    const { clock, made, sweep: one } = sweep();
    one.within(9_000);
    one.within(5_000);
    one.within(7_000);
    await clock.advance(20_000);
    expect(made.at).toEqual([5_000]);
  });

  it('runs again while entries are left, at most once per second', async () => {
    const { clock, made, sweep: one } = sweep();
    made.next = -5;
    one.within(0);
    await clock.advance(3_500);
    expect(made.at).toEqual([1_000, 2_000, 3_000]);
    made.next = Number.POSITIVE_INFINITY;
    await clock.advance(20_000);
    expect(made.at).toEqual([1_000, 2_000, 3_000, 4_000]);
  });

  it('does not run after it was closed', async () => {
    const { clock, made, sweep: one } = sweep();
    one.within(1_000);
    one.close();
    one.within(1_000);
    await clock.advance(5_000);
    expect(made.at).toEqual([]);
  });
});
