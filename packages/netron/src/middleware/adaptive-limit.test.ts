import { describe, expect, it } from 'vitest';
import { sampleCall } from '../../test/sample-call.js';
import { NetronError } from '../errors/netron-error.js';
import { VirtualClock } from '../testing/virtual-clock.js';
import { type AdaptiveLimitOptions, adaptiveLimit } from './adaptive-limit.js';

/** A service with ten workers of 10 ms per call: 1,000 calls a second. Others wait for a worker. */
function tenWorkers(clock: VirtualClock, options: AdaptiveLimitOptions = {}) {
  const waiting: (() => void)[] = [];
  let free = 10;
  let active = 0;
  let most = 0;
  const release = () => {
    free += 1;
    waiting.shift()?.();
  };
  const handler = adaptiveLimit({ clock, ...options })(
    () =>
      new Promise<void>((resolve) => {
        active += 1;
        most = Math.max(most, active);
        const work = () => {
          free -= 1;
          clock.setTimeout(() => {
            active -= 1;
            resolve();
            release();
          }, 10);
        };
        if (free > 0) work();
        else waiting.push(work);
      }),
  );
  return { handler, most: () => most };
}

/** Offers `rate` calls a second for `seconds`. */
async function load(clock: VirtualClock, handler: ReturnType<typeof tenWorkers>['handler'], rate: number, seconds: number) {
  const times: number[] = [];
  const refusals: unknown[] = [];
  for (let call = 0; call < rate * seconds; call += 1) {
    const start = clock.now();
    try {
      void (handler(sampleCall()) as Promise<unknown>).then(() => times.push(clock.now() - start));
    } catch (error) {
      refusals.push(error);
    }
    const until = start + 1_000 / rate;
    while (clock.now() + clock.next <= until) {
      clock.step();
      for (let turn = 0; turn < 3; turn += 1) await Promise.resolve();
    }
    clock.sleep(until - clock.now());
  }
  times.sort((a, b) => a - b);
  return { answered: times.length, p99: times[Math.floor(times.length * 0.99)] ?? 0, refusals };
}

describe('C12: adaptiveLimit', () => {
  it('at twice the capacity for 30 s answers at least 80 % of the capacity, with a p99 of at most three times the unloaded latency', async () => {
    const clock = new VirtualClock();
    const { handler } = tenWorkers(clock);
    const { answered, p99, refusals } = await load(clock, handler, 2_000, 30);
    expect(answered).toBeGreaterThan(0.8 * 1_000 * 30);
    expect(p99).toBeLessThanOrEqual(30);
    expect(answered + refusals.length).toBeGreaterThan(59_900);
    const error = refusals.at(-1) as NetronError;
    expect(error).toBeInstanceOf(NetronError);
    expect(error).toMatchObject({ code: 'resource_exhausted' });
    expect(error.retryAfterMs).toBeGreaterThanOrEqual(10);
    expect(error.retryAfterMs).toBeLessThanOrEqual(30);
  });

  it('recovers within two seconds and refuses nothing below the capacity', async () => {
    const clock = new VirtualClock();
    const { handler } = tenWorkers(clock);
    await load(clock, handler, 2_000, 5);
    await load(clock, handler, 500, 2);
    const { answered, refusals } = await load(clock, handler, 500, 10);
    expect(refusals).toEqual([]);
    expect(answered).toBeGreaterThan(4_990);
  });

  it('measures the unloaded latency again: it adapts when calls become slower for good', async () => {
    const clock = new VirtualClock();
    let time = 10;
    const handler = adaptiveLimit({ clock, measureEvery: 5_000 })(
      () => new Promise<void>((resolve) => clock.setTimeout(resolve, time)),
    );
    await load(clock, handler, 500, 3);
    time = 100;
    await load(clock, handler, 500, 20);
    const { answered } = await load(clock, handler, 500, 10);
    expect(answered).toBeGreaterThan(4_500);
  });

  it('does not grow beyond the calls in use, nor beyond max', async () => {
    const clock = new VirtualClock();
    const idle = tenWorkers(clock);
    await load(clock, idle.handler, 100, 20);
    // One call at a time was enough for 20 s, so a burst finds the minimum limit.
    const burst = Array.from({ length: 100 }, () => {
      try {
        idle.handler(sampleCall());
        return 1;
      } catch {
        return 0;
      }
    });
    expect(burst.reduce<number>((sum, one) => sum + one, 0)).toBe(4);
    const bounded = tenWorkers(clock, { max: 6 });
    await load(clock, bounded.handler, 2_000, 5);
    expect(bounded.most()).toBe(6);
  });

  it('returns synchronous results and failures unchanged and frees their places', async () => {
    const clock = new VirtualClock();
    const handler = adaptiveLimit({ clock, min: 1, max: 1 })(({ method }) => {
      if (method === 'throws') throw new Error('thrown');
      return method === 'rejects' ? Promise.reject(new Error('rejected')) : 5;
    });
    for (let time = 0; time < 50; time += 1) {
      expect(handler(sampleCall())).toBe(5);
      expect(() => handler(sampleCall({ method: 'throws' }))).toThrow('thrown');
      await expect(handler(sampleCall({ method: 'rejects' }))).rejects.toThrow('rejected');
    }
  });

  it('refuses invalid options', () => {
    expect(() => adaptiveLimit({ min: 0 })).toThrow(RangeError);
    expect(() => adaptiveLimit({ min: 5, max: 4 })).toThrow(RangeError);
    expect(() => adaptiveLimit({ tolerance: 1 })).toThrow(RangeError);
    expect(() => adaptiveLimit({ measureEvery: 0 })).toThrow(RangeError);
  });
});
