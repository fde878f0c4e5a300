import { expect, it } from 'vitest';
import { createRouter, memory, route } from '../../src/router.js';

const schema = (make: (text: string) => unknown) => ({
  '~standard': {
    version: 1 as const,
    vendor: 'test',
    validate: (query: unknown) => ({ value: { v: make((query as { v: string }).v) } }),
  },
});

it.each<[string, (text: string) => unknown]>([
  ['texts', (text) => text],
  ['bigints', (text) => BigInt(text)],
  ['dates', (text) => new Date(Number(text))],
  ['sets', (text) => new Set([text])],
  ['maps', (text) => new Map([[text, text]])],
  ['lists', (text) => [Number(text)]],
])('a loader runs again when a query of %s has changed, and only then', async (_what, make) => {
  const loaded: unknown[] = [];
  const list = route('/list', {
    search: schema(make),
    loader: ({ search }) => loaded.push((search as { v: unknown }).v),
    children: [route('/list/[id]')],
  });
  const router = createRouter({ routes: [list], history: memory({ initial: '/list/0?v=1' }) });
  await router.start();
  await router.navigate('/list/1?v=1');
  expect(loaded).toEqual([make('1')]);
  await router.navigate('/list/1?v=2');
  expect(loaded).toEqual([make('1'), make('2')]);
});
