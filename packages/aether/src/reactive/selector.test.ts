import { expect, it } from 'vitest';
import { effect } from './effect.js';
import { createRoot } from './owner.js';
import { selector } from './selector.js';
import { signal } from './signal.js';

it('notifies the key before and the key now, of any number', () => {
  createRoot((dispose) => {
    const selected = signal(0);
    const isSelected = selector(selected);
    const runs: string[] = [];
    for (let key = 0; key < 1000; key++) effect(() => void runs.push(`${key} ${isSelected(key)}`));
    runs.length = 0;
    selected.set(500);
    expect(runs.sort()).toEqual(['0 false', '500 true']);
    dispose();
  });
});

it('is up to date for whoever reads it first, tracked or not', () => {
  createRoot((dispose) => {
    const selected = signal('a');
    const seen: boolean[] = [];
    let isSelected: (key: string) => boolean = () => false;
    effect(() => {
      selected();
      seen.push(isSelected('b'));
    });
    isSelected = selector(selected);
    selected.set('b');
    expect(seen.at(-1)).toBe(true);
    expect(isSelected('b')).toBe(true);
    dispose();
  });
});
