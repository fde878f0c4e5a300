import { expect, it } from 'vitest';
import { PendingCalls } from './pending.js';

it('gives each call its own slot and a new id, for any number of calls', () => {
  const pending = new PendingCalls();
  const slots = Array.from({ length: 1_000 }, () => pending.acquire());
  expect(new Set(slots).size).toBe(1_000);
  expect(slots.map(({ id }) => id)).toEqual(slots.map((_slot, index) => index + 1));
  for (const slot of slots) expect(pending.find(slot.id)).toBe(slot);
  expect(pending.size).toBe(1_000);
});

it('finds a call by its id until it is released, and no later call in its slot', () => {
  const pending = new PendingCalls();
  const slot = pending.acquire();
  const { id } = slot;
  pending.release(slot);
  expect(pending.find(id)).toBeUndefined();
  for (let count = 0; count < 15; count += 1) pending.release(pending.acquire());
  const later = pending.acquire();
  expect(later).toBe(slot);
  expect([pending.find(id), pending.find(later.id)]).toEqual([undefined, slot]);
});

it('skips the slot of a long call and keeps it when the table grows', () => {
  const pending = new PendingCalls();
  const long = pending.acquire();
  for (let count = 0; count < 100; count += 1) {
    const slot = pending.acquire();
    expect(slot).not.toBe(long);
    pending.release(slot);
  }
  for (let count = 0; count < 100; count += 1) pending.acquire();
  expect(pending.find(1)).toBe(long);
});

it.each([0, -1, 1.5, 2, 2 ** 32 + 1, Number.NaN])('finds nothing for the invalid id %s', (id) => {
  const pending = new PendingCalls();
  expect(pending.find(id)).toBeUndefined();
  pending.acquire();
  expect(pending.find(id)).toBeUndefined();
});

it('clears a released slot and its cancellation listener', () => {
  const pending = new PendingCalls();
  const slot = pending.acquire();
  let settled = 0;
  Object.assign(slot, {
    resolve: () => expect.unreachable(),
    reject: () => expect.unreachable(),
    held: true,
    header: { timeoutMs: 1 },
    unsent: true,
    watcher: {},
    settle: () => {
      settled += 1;
    },
  });
  pending.release(slot);
  slot.resolve(1);
  slot.reject(1);
  expect(slot).toMatchObject({ id: 0, held: false, header: undefined, unsent: false, watcher: undefined });
  expect([settled, slot.settle]).toEqual([1, undefined]);
});

it('iterates over all calls, also when calls are released meanwhile', () => {
  const pending = new PendingCalls();
  for (let count = 0; count < 20; count += 1) pending.acquire();
  const visited: number[] = [];
  for (const slot of pending) {
    visited.push(slot.id);
    pending.release(slot);
  }
  expect(visited.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  expect(pending.size).toBe(0);
});
