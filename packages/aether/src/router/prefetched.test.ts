import { afterEach, expect, it, vi } from 'vitest';
import { Prefetched } from './prefetched.js';
import { route } from './route.js';
import { routeTable } from './route-table.js';

const url = new URL('http://localhost/shop');

/** A page whose loader counts its runs, and whose guard must not run. */
function shop() {
  const runs = { loader: 0, guard: 0 };
  const page = route('/shop', {
    guard: () => {
      runs.guard += 1;
    },
    loader: () => {
      runs.loader += 1;
      return `visit ${runs.loader}`;
    },
  });
  const found = routeTable([page])(url);
  if (found === undefined) throw new Error('the route was not found');
  return { found, page, runs };
}

const run = <T>(action: () => T): T => action();

afterEach(() => {
  vi.useRealTimers();
});

it('loads a page once, without its guards, and gives it to one navigation', async () => {
  const { found, page, runs } = shop();
  const prefetched = new Prefetched();
  await Promise.all([prefetched.load(url, found, run), prefetched.load(url, found, run)]);
  expect(runs).toEqual({ loader: 1, guard: 0 });
  expect(await prefetched.take(url.href)).toMatchObject([{ route: page, data: 'visit 1' }]);
  expect(prefetched.take(url.href)).toBeUndefined();
});

it('forgets a page after 30 s', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const { found, runs } = shop();
  const prefetched = new Prefetched();
  await prefetched.load(url, found, run);
  vi.setSystemTime(Date.now() + 30_001);
  expect(prefetched.take(url.href)).toBeUndefined();
  await prefetched.load(url, found, run);
  expect(runs.loader).toBe(2);
});
