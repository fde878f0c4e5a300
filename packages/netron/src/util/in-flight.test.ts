import { expect, it } from 'vitest';
import { InFlight } from './in-flight.js';

it('notifies whoever waits, each time that nothing is in flight any more', () => {
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

it('may be left alone while it notifies', () => {
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
