import { expect, it } from 'vitest';
import { ChangeOrder } from './change-order.js';

const principal = { ended: false } as never;

it('a change whose predecessor was refused is stored after the one before that', async () => {
  const changes = new ChangeOrder();
  const begin = () => changes.begin('notes', principal, changes.mark());
  const [first, refused, last] = [begin(), begin(), begin()];
  const order: string[] = [];
  const waits = Promise.resolve(last.before).then(() => order.push('last'));
  refused.end();
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  order.push('first');
  first.end();
  await waits;
  expect(order).toEqual(['first', 'last']);
});
