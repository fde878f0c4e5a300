import { expect, it } from 'vitest';
import { ScrollPositions } from './scroll-positions.js';

const storage = () => {
  const texts = new Map<string, string>();
  return {
    texts,
    getItem: (key: string) => texts.get(key) ?? null,
    setItem: (key: string, text: string) => texts.set(key, text),
  };
};

it('positions of the last hundred entries are kept, in the order in which they were left', () => {
  const positions = new ScrollPositions();
  for (let entry = 0; entry < 1_000; entry++) positions.note(`${entry}`, [0, entry]);
  positions.note('900', [0, 1]);
  positions.note('new', [0, 2]);
  expect([positions.size, positions.of('899'), positions.of('900'), positions.of('901')]).toEqual([
    100,
    undefined,
    [0, 1],
    undefined,
  ]);
  const next = new ScrollPositions();
  const kept = storage();
  next.note('999', [0, 3]);
  positions.keep(() => kept as unknown as Storage);
  next.restore(() => kept as unknown as Storage);
  expect([next.size, next.of('999'), next.of('new')]).toEqual([100, [0, 3], [0, 2]]);
});

it('a page without a storage has the positions of its own', () => {
  const positions = new ScrollPositions();
  const none = (): Storage => {
    throw new DOMException('denied', 'SecurityError');
  };
  positions.note('1', [0, 1]);
  positions.keep(none);
  positions.restore(none);
  expect(positions.of('1')).toEqual([0, 1]);
});
