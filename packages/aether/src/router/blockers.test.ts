import { expect, it } from 'vitest';
import { addBlocker, isBlocked } from './blockers.js';
import type { Blocker } from './options.js';

const there = new URL('http://localhost/there');

it('asks one after the other until one stays', async () => {
  const blockers = new Set<Blocker>();
  const asked: string[] = [];
  const block = (name: string, stays: boolean) =>
    addBlocker(
      blockers,
      async (to) => {
        asked.push(`${name} ${to.pathname}`);
        return stays;
      },
      () => there,
    );
  block('a', false);
  expect(await isBlocked(blockers, there)).toBe(false);
  const end = block('b', true);
  block('c', true);
  expect(await isBlocked(blockers, there)).toBe(true);
  end();
  end();
  expect(await isBlocked(blockers, there)).toBe(true);
  expect(asked).toEqual(['a /there', 'a /there', 'b /there', 'a /there', 'c /there']);
});
