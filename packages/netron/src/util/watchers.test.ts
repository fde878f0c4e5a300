import { expect, it } from 'vitest';
import { Watchers } from './watchers.js';

it('calls the watchers after each change, until they are removed', () => {
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

it('a watcher may be removed while it is called', () => {
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
