/** F3: a stream of a million items outlives a thousand losses of its connection. */
import { expect, it } from 'vitest';
import { drops } from '../integration/drops.js';

it('F3: 1,000 drops in 1,000,000 items: all arrive in order, none is lost or doubled, and nothing is left', async () => {
  expect(await drops(1_000_000, 1_000)).toEqual({ items: 1_000_000, drops: 1_000, left: 0 });
});
