import { describe, expect, it } from 'vitest';
import { turns } from '../../test/clock.js';
import { Slots } from './slots.js';

/** Requests a slot and notes who got one. */
function asking(slots: Slots, got: string[]) {
  return (name: string, priority: 'high' | 'normal' | 'low', signal?: AbortSignal) =>
    (slots.acquire(priority, signal) ?? Promise.resolve()).then(() => void got.push(name));
}

describe('slots', () => {
  it('are given at once while there are free ones', async () => {
    const slots = new Slots(2);
    expect([slots.acquire('low', undefined), slots.acquire('low', undefined)]).toEqual([undefined, undefined]);
    expect(slots.acquire('high', undefined)).toBeInstanceOf(Promise);
  });

  it('go to the highest priority first, and among equals to the first', async () => {
    const slots = new Slots(1);
    const got: string[] = [];
    const ask = asking(slots, got);
    void slots.acquire('normal', undefined);
    for (const [name, priority] of [
      ['low', 'low'],
      ['normal 1', 'normal'],
      ['high 1', 'high'],
      ['normal 2', 'normal'],
      ['high 2', 'high'],
    ] as const)
      void ask(name, priority);
    for (let given = 0; given < 5; given += 1) {
      slots.release();
      await turns();
    }
    expect(got).toEqual(['high 1', 'high 2', 'normal 1', 'normal 2', 'low']);
  });

  it('are not kept for a caller that has stopped waiting', async () => {
    const slots = new Slots(1);
    const got: string[] = [];
    const ask = asking(slots, got);
    void slots.acquire('normal', undefined);
    const controller = new AbortController();
    const left = ask('left', 'high', controller.signal);
    void ask('stayed', 'normal');
    controller.abort();
    await expect(left).rejects.toMatchObject({ code: 'canceled' });
    slots.release();
    await turns();
    expect(got).toEqual(['stayed']);
  });

  it('are free again when no caller waits', () => {
    const slots = new Slots(1);
    void slots.acquire('normal', undefined);
    slots.release();
    expect(slots.acquire('normal', undefined)).toBeUndefined();
  });
});
