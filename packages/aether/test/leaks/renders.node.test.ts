import { expect, it } from 'vitest';
import { renders } from './renders.js';

it('pages rendered on a server, complete or aborted, leave no owners, applications and timers', async () => {
  const { before, after } = await renders(5, 50);
  expect(after.html).toContain('<li>Ada</li><li>Grace</li>');
  expect(after.left).toBe(0);
  expect(after.timers).toBeLessThanOrEqual(before.timers);
});
