import { describe, expect, it } from 'vitest';
import { CreditReserve, CreditWindow, initialCredit } from './credit-window.js';

const reserved = 16 * 1024 * 1024 - 100 * initialCredit;
const chunk = 16 * 1024;

/**
 * Simulates a stream in steps of a millisecond: the producer sends as fast as its credit and `rate` allow, and the consumer takes
 * everything at once.
 *
 * @param rate bytes per millisecond
 * @returns bytes of the last second, and the window at the end
 */
function run(roundTrip: number, rate: number, reserve = new CreditReserve(reserved), seconds = 5) {
  const window = new CreditWindow(reserve);
  const half = roundTrip / 2;
  const data: { at: number; bytes: number }[] = [];
  const credits: { at: number; bytes: number }[] = [];
  let credit = initialCredit;
  let last = 0;
  for (let now = 0; now < seconds * 1_000; now += 1) {
    for (let first = credits[0]; first !== undefined && first.at <= now; first = credits[0]) {
      credit += first.bytes;
      credits.shift();
    }
    for (let left = rate; left >= chunk && credit > 0; left -= chunk) {
      credit -= chunk;
      data.push({ at: now + half, bytes: chunk });
    }
    for (let first = data[0]; first !== undefined && first.at <= now; first = data[0]) {
      data.shift();
      if (now >= (seconds - 1) * 1_000) last += first.bytes;
      if (!window.consume(first.bytes)) continue;
      const starved = data[0] === undefined || data[0].at > now;
      credits.push({ at: now + half, bytes: window.grant(starved, now, roundTrip) });
    }
  }
  return { last, window };
}

describe('the window of a stream', () => {
  it('carries at least 50 MB/s with a latency of 100 ms', () => {
    const { last, window } = run(100, 256 * 1024);
    expect(last).toBeGreaterThan(50_000_000);
    expect(window.size).toBeLessThanOrEqual(initialCredit + reserved);
  });

  it('does not grow beyond 512 KiB with a low latency, nor for a slow producer', () => {
    expect(run(0.2, 256 * 1024).window.size).toBe(512 * 1024);
    expect(run(2, 48 * 1024).window.size).toBe(512 * 1024);
  });

  it('takes credit from the reserve, and returns it', () => {
    const reserve = new CreditReserve(1024 * 1024);
    const { window } = run(100, 256 * 1024, reserve);
    expect(window.size).toBe(initialCredit + 1024 * 1024);
    expect(reserve.take(1)).toBe(0);
    window.close();
    expect(reserve.take(Infinity)).toBe(1024 * 1024);
  });

  it('does not grow while its consumer is slow', () => {
    const window = new CreditWindow(new CreditReserve(reserved));
    let given = 0;
    for (let now = 0; now < 1_000; now += 1) if (window.consume(chunk)) given += window.grant(false, now, 100);
    expect([window.size, given]).toEqual([initialCredit, 1_000 * chunk]);
  });
});
