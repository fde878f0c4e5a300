import { expect, it } from 'vitest';
import { turns } from '../../test/clock.js';
import type { Locks } from '../util/locks.js';
import { OtherTabs } from './other-tabs.js';

it('a page that finds out late that it may not use locks takes over the calls of others, and reads again', async () => {
  let refuse = () => {};
  const refused = new Promise<never>((_, reject) => (refuse = () => reject(new Error('denied'))));
  const locks: Locks = { request: () => refused };
  let gone = 0;
  const tabs = new OtherTabs({ locks, channel: undefined, onChange: () => {}, onTabClosed: () => (gone += 1) });
  expect([tabs.sendsFor('other'), gone]).toEqual([false, 0]);
  refuse();
  await tabs.alive;
  await turns();
  expect([tabs.sendsFor('other'), gone]).toEqual([true, 1]);
  tabs.close();
});
