import { expect, it } from 'vitest';
import { Watchers } from './watchers.js';

it('calls those who look after each change, until they end it', () => {
  const watchers = new Watchers();
  const told: string[] = [];
  watchers.changed();
  const off = watchers.add(() => told.push('a'));
  watchers.add(() => told.push('b'));
  watchers.changed();
  off();
  off();
  watchers.changed();
  expect(told).toEqual(['a', 'b', 'b']);
});

it('may be left while it calls', () => {
  const watchers = new Watchers();
  const told: string[] = [];
  const off = watchers.add(() => {
    told.push('a');
    off();
  });
  watchers.changed();
  watchers.changed();
  expect(told).toEqual(['a']);
});
