import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock.js';
import { DialPace } from './dial-pace.js';

/** A pace without chance: each delay is its upper bound. */
function paced(): { pace: DialPace; clock: VirtualClock } {
  const clock = new VirtualClock(1_000_000);
  return { clock, pace: new DialPace({ clock, random: () => 1 }, 100) };
}

describe('the pace of attempts to connect', () => {
  it('slows down with each failure, and starts anew after a connection that held', () => {
    const { pace, clock } = paced();
    const first = pace.next(false);
    expect(pace.next(false)).toBeGreaterThan(first);
    pace.connected();
    clock.sleep(9_999);
    expect(pace.ended()).toBe(false);
    expect(pace.attempt).toBe(2);
    pace.connected();
    clock.sleep(10_000);
    expect(pace.ended()).toBe(true);
    expect(pace.next(false)).toBe(first);
  });

  it('waits as long as the other end has asked for, once, an hour at most', () => {
    const { pace, clock } = paced();
    const own = pace.next(false);
    pace.holdOff(5_000);
    expect(pace.next(false)).toBe(5_000 + own);
    expect(pace.next(false)).toBeLessThan(5_000);
    pace.holdOff(Number.MAX_SAFE_INTEGER);
    pace.connected();
    clock.sleep(10_000);
    expect(pace.ended()).toBe(false);
    expect(pace.next(false)).toBe(3_600_000 + own);
  });

  it('does not slow down much while the connection before is still there', () => {
    const { pace } = paced();
    const [, , third] = Array.from({ length: 3 }, () => paced().pace).map((each, failures) => {
      for (let failure = 0; failure < failures; failure += 1) each.next(false);
      return each.next(false);
    });
    const delays = Array.from({ length: 20 }, () => pace.next(true));
    expect(Math.max(...delays)).toBe(third);
  });
});
