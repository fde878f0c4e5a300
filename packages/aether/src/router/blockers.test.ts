import { expect, it } from 'vitest';
import { Blockers } from './blockers.js';

const there = new URL('http://localhost/there');

it('asks one after the other until one stays', async () => {
  const blockers = new Blockers();
  const asked: string[] = [];
  const block = (name: string, stays: boolean) =>
    blockers.add(
      async (to) => {
        asked.push(`${name} ${to.pathname}`);
        return stays;
      },
      () => there,
    );
  block('a', false);
  expect(await blockers.refuse(there)).toBe(false);
  const end = block('b', true);
  block('c', true);
  expect(await blockers.refuse(there)).toBe(true);
  end();
  end();
  expect(await blockers.refuse(there)).toBe(true);
  expect(asked).toEqual(['a /there', 'a /there', 'b /there', 'a /there', 'c /there']);
});
