import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRouter, memory, RouterProvider, route } from '../../src/router.js';
import { renderToString } from '../../src/ssr.js';

/** Returns lists within lists. */
function nested(levels: number, inner: unknown): unknown {
  let value = inner;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

beforeEach(() => void vi.spyOn(console, 'warn').mockImplementation(() => {}));
afterEach(() => void vi.restoreAllMocks());

describe.each([
  ['plain', 'innermost'],
  ['rich', new Date(0)],
])('%s data of a route', (_kind, inner) => {
  const reject = (details: unknown) => Promise.reject(Object.assign(new Error('refused'), { details }));
  it.each([
    ['from a loader', (value: unknown) => ({ loader: () => value })],
    ['from an action', (value: unknown) => ({ action: () => value })],
    ['from the error of an action', (value: unknown) => ({ action: () => reject(value) })],
  ])('%s may be nested too deep to be embedded', async (_from, optionsFor) => {
    const embedded: boolean[] = [];
    for (let levels = 1; levels < 70; levels++) {
      const options = { ...optionsFor(nested(levels, inner)), component: () => <p>shown</p> };
      const router = createRouter({ routes: [route('/', options)], history: memory() });
      await router.start();
      if ('action' in options) await router.submit('/', new FormData());
      const html = await renderToString(() => <RouterProvider router={router} />);
      expect(html).toContain('<p>shown</p>');
      embedded.push(html.includes('['.repeat(levels)));
    }
    expect([embedded.slice(0, 60).every(Boolean), embedded.at(-1)]).toEqual([true, false]);
  });
});
