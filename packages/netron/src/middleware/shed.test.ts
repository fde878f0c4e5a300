import { describe, expect, it } from 'vitest';
import { sampleCall } from '../../test/sample-call.js';
import type { NetronError } from '../errors/netron-error.js';
import { VirtualClock } from '../testing/virtual-clock.js';
import { shed } from './shed.js';

/**
 * A process whose method takes 1 ms of the event loop per call, 0.01 ms when refused. Calls arrive at `rate` a second,
 * evenly; each turn of the loop answers what has arrived before it, then runs timers.
 */
function serve(rate: number, seconds: number, clock: VirtualClock, handler: ReturnType<ReturnType<typeof shed>>) {
  const end = clock.now() + seconds * 1_000;
  const times: number[] = [];
  const refusals: NetronError[] = [];
  let arrival = clock.now();
  while (clock.now() < end) {
    const turn = clock.now();
    while (arrival <= turn) {
      try {
        handler(sampleCall());
        times.push(clock.now() - arrival);
      } catch (error) {
        clock.sleep(0.01);
        refusals.push(error as NetronError);
      }
      arrival += 1_000 / rate;
    }
    clock.sleep(Math.max(0, Math.min(arrival, clock.now() + clock.next) - clock.now()));
    while (clock.next <= 0) clock.step();
  }
  times.sort((a, b) => a - b);
  return { answered: times.length, p99: times[Math.floor(times.length * 0.99)] ?? 0, refusals };
}

function setup() {
  const clock = new VirtualClock();
  return { clock, handler: shed({ clock })(() => clock.sleep(1)) };
}

describe('C12: shed', () => {
  it('at twice the capacity answers at least 80 % of the capacity within three times the target', () => {
    const { clock, handler } = setup();
    serve(2_000, 2, clock, handler);
    const { answered, p99, refusals } = serve(2_000, 30, clock, handler);
    expect(answered).toBeGreaterThan(0.8 * 1_000 * 30);
    expect(p99).toBeLessThan(60);
    expect(refusals[0]).toMatchObject({ code: 'resource_exhausted', retryAfterMs: 100 });
    expect(refusals[0]?.message).toMatch(/^calc.add rejected: the event loop is \d+ ms late$/);
  });

  it('refuses nothing below the capacity, and nothing for one long turn', () => {
    const { clock, handler } = setup();
    expect(serve(900, 20, clock, handler).refusals).toEqual([]);
    clock.sleep(5_000);
    expect(serve(900, 20, clock, handler).refusals).toEqual([]);
  });

  it('is back to normal within two seconds of an overload, and has no timer while no calls come', async () => {
    const { clock, handler } = setup();
    expect(serve(3_000, 10, clock, handler).refusals.length).toBeGreaterThan(10_000);
    serve(500, 2, clock, handler);
    expect(serve(500, 10, clock, handler).refusals).toEqual([]);
    expect(clock.size).toBe(1);
    await clock.advance(1_000);
    expect(clock.size).toBe(0);
  });

  it('refuses invalid options', () => {
    expect(() => shed({ target: 0 })).toThrow(RangeError);
    expect(() => shed({ interval: Number.NaN })).toThrow(RangeError);
  });
});
