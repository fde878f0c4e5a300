import { expect, it } from 'vitest';
import { InFlight } from './in-flight.js';

it('notifies watchers whenever nothing is in flight any more', () => {
  const inFlight = new InFlight();
  const told: string[] = [];
  inFlight.add();
  const off = inFlight.idle.add(() => told.push('a'));
  inFlight.idle.add(() => told.push('b'));
  inFlight.add();
  inFlight.delete();
  expect([inFlight.size, told]).toEqual([1, []]);
  inFlight.delete();
  expect([inFlight.size, told]).toEqual([0, ['a', 'b']]);
  off();
  off();
  inFlight.add();
  inFlight.add();
  inFlight.delete(2);
  expect(told).toEqual(['a', 'b', 'b']);
});

it('a watcher may be removed while it is notified', () => {
  const inFlight = new InFlight();
  const told: string[] = [];
  const off = inFlight.idle.add(() => {
    told.push('a');
    off();
  });
  inFlight.add();
  inFlight.delete();
  inFlight.add();
  inFlight.delete();
  expect(told).toEqual(['a']);
});

it('counts calls without a caller until they end, by name, at most 10,000', () => {
  const inFlight = new InFlight();
  const call = { service: 'shop', method: 'buy', args: ['long'] };
  inFlight.add();
  const over = inFlight.leave(call);
  expect([inFlight.size, inFlight.left]).toEqual([1, ['shop.buy']]);
  over();
  over();
  expect([inFlight.size, inFlight.left]).toEqual([0, []]);
  const all = Array.from({ length: 10_001 }, () => {
    inFlight.add();
    return inFlight.leave(call);
  });
  expect([inFlight.size, inFlight.left.length]).toEqual([10_000, 10_000]);
  for (const end of all) end();
  expect(inFlight.size).toBe(0);
  inFlight.add();
  inFlight.leave(call);
  inFlight.forget();
  expect([inFlight.size, inFlight.left]).toEqual([0, []]);
});
