import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock.js';
import { Beats } from './beats.js';

function setUp(step: () => Promise<void>) {
  const clock = new VirtualClock();
  const said: string[] = [];
  const view = {
    replace() {},
    put() {},
    remove() {},
    refuse() {},
    check: () => true,
    up: () => void said.push('up'),
    down: (error: Error) => void said.push(error.message),
  };
  const beats = new Beats({ clock, interval: 1_000, random: () => 0.5, view }, step);
  return { beats, clock, said };
}

describe('Beats', () => {
  it('runs a step at each interval until it is stopped', async () => {
    let steps = 0;
    const { beats, clock } = setUp(async () => void (steps += 1));
    beats.start();
    await clock.advance(3_500);
    expect(steps).toBe(3);
    await beats.stop();
    await clock.advance(10_000);
    expect(steps).toBe(3);
  });

  it('runs one step at a time; requests made meanwhile cause one more step', async () => {
    const ends: (() => void)[] = [];
    let overlapping = 0;
    let most = 0;
    const { beats } = setUp(async () => {
      most = Math.max(most, ++overlapping);
      await new Promise<void>((resolve) => ends.push(resolve));
      overlapping -= 1;
    });
    const first = beats.now();
    const second = beats.now();
    beats.ask();
    expect(ends.length).toBe(1);
    ends[0]?.();
    await Promise.resolve();
    while (ends.length < 2) await Promise.resolve();
    ends[1]?.();
    await Promise.all([first, second]);
    expect([ends.length, most]).toEqual([2, 1]);
  });

  it('settles a request with the step after it, whatever is requested later', async () => {
    const ends: (() => void)[] = [];
    const { beats } = setUp(() => new Promise<void>((resolve) => ends.push(resolve)));
    const answered: string[] = [];
    const ask = (name: string) => beats.now().then(() => void answered.push(name));
    const first = ask('first');
    const second = [ask('second'), ask('second')];
    ends[0]?.();
    await first;
    while (ends.length < 2) await Promise.resolve();
    const third = ask('third');
    expect(answered).toEqual(['first']);
    ends[1]?.();
    await Promise.all(second);
    while (ends.length < 3) await Promise.resolve();
    expect(answered).toEqual(['first', 'second', 'second']);
    ends[2]?.();
    await third;
  });

  it('runs the step that was asked for when the one before it fails', async () => {
    const ends: ((error?: Error) => void)[] = [];
    const { beats, said } = setUp(
      () => new Promise<void>((resolve, reject) => ends.push((error) => (error === undefined ? resolve() : reject(error)))),
    );
    const [first, second] = [beats.now(), beats.now()];
    ends[0]?.(new Error('refused'));
    await expect(first).rejects.toThrow('refused');
    while (ends.length < 2) await Promise.resolve();
    ends[1]?.();
    await second;
    expect(said).toEqual(['refused', 'up']);
  });

  it('reports whether the store can be reached, and rejects waiting requests when it cannot', async () => {
    let failure: Error | undefined = new Error('refused');
    const { beats, said } = setUp(async () => {
      if (failure !== undefined) throw failure;
    });
    await expect(beats.now()).rejects.toThrow('refused');
    failure = undefined;
    await beats.now();
    expect(said).toEqual(['refused', 'up']);
  });

  it('runs one step for all requests of a short time', async () => {
    let steps = 0;
    const { beats, clock } = setUp(async () => void (steps += 1));
    beats.soon(50);
    beats.soon(10);
    await clock.advance(49);
    expect(steps).toBe(0);
    await clock.advance(1);
    expect(steps).toBe(1);
    await beats.stop();
  });
});
