import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RateLimiter, SlidingWindow } from '../../src/index.js';

describe('SE-12, E6: the sliding window', () => {
  it('never lets more than the limit into any window, and at twice the rate at least 95 % of it into every one', () => {
    let now = 0;
    const window = new SlidingWindow({ limit: 100, window: 10_000, now: () => now });
    const accepted: number[] = [];
    for (now = 0; now < 60_000; now += 50) if (window.checkLimit('a').allowed) accepted.push(now);
    for (let from = 0; from <= 50_000; from += 10) {
      const inside = accepted.filter((at) => at >= from && at < from + 10_000).length;
      expect(inside).toBeLessThanOrEqual(100);
      expect(inside).toBeGreaterThanOrEqual(95);
    }
  });
  it('holds for any arrivals and costs; says when to come back', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ gap: fc.integer({ min: 0, max: 900 }), cost: fc.integer({ min: 1, max: 4 }) }), { maxLength: 200 }),
        (calls) => {
          let now = 0;
          const window = new SlidingWindow({ limit: 10, window: 1_000, now: () => now });
          const accepted: { at: number; cost: number }[] = [];
          for (const { gap, cost } of calls) {
            now += gap;
            const wait = window.peek('a', cost);
            const { allowed, remaining } = window.checkLimit('a', cost);
            expect(allowed).toBe(wait === 0);
            if (allowed) accepted.push({ at: now, cost });
            const inside = accepted.filter(({ at }) => at > now - 1_000).reduce((sum, each) => sum + each.cost, 0);
            expect(inside).toBeLessThanOrEqual(10);
            expect(remaining).toBeLessThanOrEqual(10 - inside);
            if (!allowed) {
              now += Math.ceil(wait);
              expect(window.peek('a', cost)).toBe(0);
            }
          }
        },
      ),
      { numRuns: 50 },
    );
  });
  it('forgets keys that are not seen any more, and counts those beyond its bound together', () => {
    let now = 0;
    const window = new SlidingWindow({ limit: 1, window: 1_000, maxKeys: 100, now: () => now });
    for (let n = 0; n < 100; n++) expect(window.checkLimit(`key ${n}`).allowed).toBe(true);
    expect([window.checkLimit('one more').allowed, window.checkLimit('another').allowed, window.size]).toEqual([
      true,
      false,
      101,
    ]);
    now = 5_000;
    for (let n = 0; n < 60; n++) window.checkLimit('present');
    expect(window.size).toBeLessThanOrEqual(2);
  });
  it('a part of a call counts as a whole one', () => {
    const window = new SlidingWindow({ limit: 2, window: 1_000, now: () => 0 });
    expect([0.5, 0.5, 0.5].map((cost) => window.checkLimit('a', cost).allowed)).toEqual([true, true, false]);
  });
  it('SE-12: by itself, as in the founding documents', () => {
    const limiter = new RateLimiter(2, 60_000);
    expect([limiter.check('a'), limiter.check('a'), limiter.check('a'), limiter.check('b')]).toEqual([true, true, false, true]);
  });
});
