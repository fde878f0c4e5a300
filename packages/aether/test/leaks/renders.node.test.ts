import { expect, it } from 'vitest';
import { renders } from './renders.js';

it('pages that a server has rendered, whole or cut, leave no owners, applications and timers', async () => {
  const { before, after } = await renders(5, 50);
  expect(after.html).toContain('<li>Ada</li><li>Grace</li>');
  expect(after.left).toBe(0);
  expect(after.timers).toBeLessThanOrEqual(before.timers);
});
