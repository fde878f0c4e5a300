import { expect, it } from 'vitest';
import { readOnce } from './read-once.js';

it('finds streams and iterators at any depth, and takes nothing out of them', () => {
  const numbers = (function* () {
    yield 1;
  })();
  for (const args of [
    [numbers],
    [{ deep: [numbers] }],
    [new Map([[{ key: numbers }, 1]])],
    [new Set([numbers])],
    [new ReadableStream()],
  ])
    expect(readOnce(args)).toBe(true);
  expect(numbers.next()).toEqual({ done: false, value: 1 });
});

it('values that can be read again may be sent again, whatever their size', () => {
  const circle: unknown[] = [];
  circle.push(circle);
  expect(readOnce([new Array(20_000).fill(7), 'text', new Uint8Array(20_000), { a: [new Date()] }, circle])).toBe(false);
});

it('is bounded: too many objects count as read once, and an endless iterable is not read', () => {
  expect(readOnce([Array.from({ length: 10_001 }, () => ({}))])).toBe(true);
  let read = 0;
  const endless = {
    *[Symbol.iterator]() {
      for (;;) yield (read += 1);
    },
  };
  expect([readOnce([endless]), read]).toEqual([false, 0]);
});
