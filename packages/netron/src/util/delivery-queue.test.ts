import { describe, expect, it } from 'vitest';
import { DeliveryQueue, type DeliveryQueueOptions } from './delivery-queue.js';

function setup(options: Partial<DeliveryQueueOptions<number>> = {}) {
  const log: string[] = [];
  const open: (() => void)[] = [];
  const timers = new Map<object, () => void>();
  const queue = new DeliveryQueue<number>({
    limit: 2,
    whenFull: 'drop-oldest',
    clock: {
      setTimeout(action) {
        const handle = {};
        timers.set(handle, action);
        return handle;
      },
      clearTimeout: (handle) => void timers.delete(handle as object),
    },
    process(item) {
      log.push(`${item}`);
      return new Promise<void>((resolve) => open.push(resolve));
    },
    failed: (error, item) => log.push(`${item} failed: ${error}`),
    overflowed: () => log.push('overflow'),
    idle: () => log.push('idle'),
    ...options,
  });
  const finish = async () => {
    open.shift()?.();
    for (let i = 0; i < 3; i += 1) await Promise.resolve();
  };
  const fill = (...items: number[]) => items.map((item) => queue.push(item));
  return { queue, log, timers, finish, fill, open };
}

async function drain({ finish, open }: ReturnType<typeof setup>): Promise<void> {
  while (open.length > 0) await finish();
}

describe('DeliveryQueue', () => {
  it('F4: processes one item at a time and in order, synchronously when idle', async () => {
    const parts = setup();
    parts.fill(1, 2, 3);
    expect(parts.log).toEqual(['1']);
    expect(parts.queue.waiting).toBe(2);
    await drain(parts);
    expect(parts.log).toEqual(['1', '2', '3', 'idle']);
    const sync = setup({ process: (item) => void sync.log.push(`sync ${item}`) });
    sync.fill(1, 2);
    expect(sync.log).toEqual(['sync 1', 'idle', 'sync 2', 'idle']);
  });

  it('B17: drop-oldest keeps the newest items', async () => {
    const parts = setup();
    parts.fill(1, 2, 3, 4, 5);
    expect([parts.queue.waiting, parts.queue.dropped]).toEqual([2, 2]);
    await drain(parts);
    expect(parts.log).toEqual(['1', '4', '5', 'idle']);
  });

  it('B17: drop-newest keeps the oldest items', async () => {
    const parts = setup({ whenFull: 'drop-newest' });
    parts.fill(1, 2, 3, 4, 5);
    expect([parts.queue.waiting, parts.queue.dropped]).toEqual([2, 2]);
    await drain(parts);
    expect(parts.log).toEqual(['1', '2', '3', 'idle']);
  });

  it('B17: disconnect closes the queue, drops waiting items and reports once', async () => {
    const parts = setup({ whenFull: 'disconnect' });
    parts.fill(1, 2, 3, 4, 5);
    expect([parts.queue.waiting, parts.queue.dropped]).toEqual([0, 1]);
    await drain(parts);
    expect(parts.log).toEqual(['1', 'overflow', 'idle']);
  });

  it('F6: block delays the sender until there is room', async () => {
    const parts = setup({ whenFull: 'block' });
    const [, , , held] = parts.fill(1, 2, 3, 4);
    expect(parts.timers.size).toBe(1);
    await parts.finish();
    await held;
    expect(parts.timers.size).toBe(0);
    await drain(parts);
    expect(parts.log).toEqual(['1', '2', '3', '4', 'idle']);
    expect(parts.queue.dropped).toBe(0);
  });

  it('F6: block drops the item after a time limit, and at once when too many senders wait', async () => {
    const parts = setup({ whenFull: 'block' });
    const given = parts.fill(1, 2, 3, 4, 5, 6);
    expect(given.map((wait) => wait instanceof Promise)).toEqual([false, false, false, true, true, false]);
    expect(parts.queue.dropped).toBe(1);
    for (const [handle, expire] of [...parts.timers]) {
      parts.timers.delete(handle);
      expire();
    }
    await Promise.all(given);
    expect([parts.queue.dropped, parts.queue.waiting]).toEqual([3, 2]);
    await drain(parts);
    expect(parts.log).toEqual(['1', '2', '3', 'idle']);
  });

  it('continues after items that fail', async () => {
    let n = 0;
    const parts = setup({
      process(item) {
        n += 1;
        if (n === 1) return Promise.reject(`rejected ${item}`);
        throw `thrown ${item}`;
      },
    });
    parts.fill(1, 2);
    await new Promise((resolve) => setImmediate(resolve));
    expect(parts.log).toEqual(['1 failed: rejected 1', '2 failed: thrown 2', 'idle']);
  });

  it('releases waiting senders and accepts nothing once closed', async () => {
    const parts = setup({ whenFull: 'block' });
    const given = parts.fill(1, 2, 3, 4);
    parts.queue.close();
    await Promise.all(given);
    expect(parts.queue.push(5)).toBeUndefined();
    expect([parts.timers.size, parts.queue.waiting]).toEqual([0, 0]);
    await drain(parts);
    expect(parts.log).toEqual(['1', 'idle']);
  });

  it('keeps order and bound over many items', async () => {
    const parts = setup({ limit: 1000 });
    parts.fill(...Array.from({ length: 3001 }, (_, i) => i));
    expect([parts.queue.waiting, parts.queue.dropped]).toEqual([1000, 2000]);
    await drain(parts);
    expect(parts.log.slice(1, -1)).toEqual(Array.from({ length: 1000 }, (_, i) => `${i + 2001}`));
  });

  it('refuses invalid limits and policies', () => {
    for (const limit of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) expect(() => setup({ limit })).toThrow(RangeError);
    expect(() => setup({ whenFull: 'other' as never })).toThrow(TypeError);
  });
});
