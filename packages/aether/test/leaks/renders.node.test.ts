import { expect, it } from 'vitest';
import { renders } from './renders.js';

it('pages that a server has rendered, whole or cut, leave no owners, applications and timers', async () => {
  const { html, left, before, after } = await renders(50);
  expect(html).toContain('<li>Ada</li><li>Grace</li>');
  expect(left).toBe(0);
  expect(after.timers).toBeLessThanOrEqual(before.timers);
});
