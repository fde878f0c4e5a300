import { expect, it } from 'vitest';
import { loadOnce } from './load-once.js';

it('loads once for all callers, and again after a failure', async () => {
  let loads = 0;
  const part = loadOnce(async () => {
    loads += 1;
    if (loads === 1) throw new Error('not there');
    return { part: loads };
  });
  await expect(part()).rejects.toThrow('not there');
  const [one, other] = await Promise.all([part(), part()]);
  expect([one, other === one, await part(), loads]).toEqual([{ part: 2 }, true, one, 2]);
});
