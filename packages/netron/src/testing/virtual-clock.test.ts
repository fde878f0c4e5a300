import { describe, expect, it } from 'vitest';
import { VirtualClock } from './virtual-clock.js';
import { VirtualScheduler } from './virtual-scheduler.js';

describe('VirtualClock', () => {
  it('runs timers by time, and those of one time in order of creation', async () => {
    const clock = new VirtualClock();
    const ran: string[] = [];
    clock.setTimeout(() => ran.push('b'), 20);
    clock.setTimeout(() => ran.push('c'), 20);
    clock.setTimeout(() => ran.push('a'), 10);
    clock.clearTimeout(clock.setTimeout(() => ran.push('cleared'), 15));
    await clock.advance(20);
    expect(ran).toEqual(['a', 'b', 'c']);
    expect(clock.now()).toBe(20);
    expect(clock.size).toBe(0);
  });

  it('has a wall time that jumps without moving a timer', async () => {
    const clock = new VirtualClock(500);
    expect(new Date(clock.wall()).toISOString()).toBe('2026-01-01T00:00:00.500Z');
    let ran = false;
    clock.setTimeout(() => {
      ran = true;
    }, 10);
    clock.jump(3_600_000);
    expect(new Date(clock.wall()).toISOString()).toBe('2026-01-01T01:00:00.500Z');
    expect(clock.now()).toBe(500);
    await clock.advance(9);
    expect(ran).toBe(false);
    clock.jump(-7_200_000);
    await clock.advance(1);
    expect(ran).toBe(true);
  });

  it('lets the turns of a scheduler pass before and after each timer', async () => {
    const scheduler = new VirtualScheduler();
    const clock = new VirtualClock(0, scheduler);
    const ran: string[] = [];
    scheduler.nextTurn(() => {
      ran.push('first');
      scheduler.nextTurn(() => ran.push('caused by it'));
    });
    clock.setTimeout(() => {
      ran.push('timer');
      scheduler.nextTurn(() => ran.push('caused by the timer'));
    }, 5);
    await clock.advance(5);
    expect(ran).toEqual(['first', 'caused by it', 'timer', 'caused by the timer']);
  });

  it('settles work that needs many timers', async () => {
    const clock = new VirtualClock();
    const work = async (): Promise<string> => {
      for (let hour = 0; hour < 3; hour += 1) await new Promise<void>((resolve) => clock.setTimeout(resolve, 1_000));
      return 'done';
    };
    expect(await clock.settle(work())).toBe('done');
    expect(clock.now()).toBeGreaterThanOrEqual(3_000);
  });
});

describe('VirtualScheduler', () => {
  it('runs one action at a time, in order, on request', async () => {
    const scheduler = new VirtualScheduler();
    const ran: number[] = [];
    for (const number of [1, 2]) scheduler.nextTurn(() => ran.push(number));
    await scheduler.settled();
    expect(ran).toEqual([]);
    expect(scheduler.size).toBe(2);
    expect(scheduler.step()).toBe(true);
    expect(ran).toEqual([1]);
    expect(scheduler.step()).toBe(true);
    expect(scheduler.step()).toBe(false);
    expect(ran).toEqual([1, 2]);
  });
});
