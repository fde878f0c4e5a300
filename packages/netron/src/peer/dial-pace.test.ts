import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock.js';
import { DialPace } from './dial-pace.js';

/** A pace without randomness: each delay is its upper bound. */
function paced(): { pace: DialPace; clock: VirtualClock } {
  const clock = new VirtualClock(1_000_000);
  return { clock, pace: new DialPace({ clock, random: () => 1 }, 100) };
}

describe('the pace of attempts to connect', () => {
  it('slows down with each failure, and starts again after a good connection', () => {
    const { pace, clock } = paced();
    const first = pace.next();
    expect(pace.next()).toBeGreaterThan(first);
    pace.connected();
    clock.sleep(9_999);
    expect(pace.ended()).toBe(false);
    expect(pace.attempt).toBe(2);
    pace.connected();
    clock.sleep(10_000);
    expect(pace.ended()).toBe(true);
    expect(pace.next()).toBe(first);
  });

  it('waits once as long as the other end has asked for, at most an hour', () => {
    const { pace, clock } = paced();
    const own = pace.next();
    pace.holdOff(5_000);
    expect(pace.next()).toBe(5_000 + own);
    expect(pace.next()).toBeLessThan(5_000);
    pace.holdOff(Number.MAX_SAFE_INTEGER);
    pace.connected();
    clock.sleep(10_000);
    expect(pace.ended()).toBe(false);
    expect(pace.next()).toBe(3_600_000 + own);
  });

  it('does not slow down much while the previous connection is open', () => {
    const { pace } = paced();
    const [, , third] = Array.from({ length: 3 }, () => paced().pace).map((each, failures) => {
      for (let failure = 0; failure < failures; failure += 1) each.next();
      return each.next();
    });
    const delays = Array.from({ length: 20 }, () => pace.next('leaving'));
    expect(Math.max(...delays)).toBe(third);
  });

  it('tries at least four times within the window of a session, however many losses there were before', () => {
    const { pace, clock } = paced();
    for (let loss = 0; loss < 20; loss += 1) {
      pace.connected();
      clock.sleep(1_000);
      pace.ended();
      expect(pace.next({ window: 2_000 })).toBeLessThanOrEqual(500);
    }
    pace.holdOff(5_000);
    expect(pace.next({ window: 2_000 })).toBeGreaterThanOrEqual(5_000);
    // Each attempt counts, for the log.
    expect(pace.attempt).toBe(21);
    // Once the session has ended, the delays grow as after any loss.
    expect(Array.from({ length: 12 }, () => pace.next()).at(-1)).toBe(20_000);
  });
});
