import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { start } from '../../../../examples/dashboard/src/server.js';
import { openVitePage } from '../vite-page.js';
import { findings } from './axe.js';

const folder = (name: string) => fileURLToPath(new URL(`../../../../examples/${name}`, import.meta.url));

it('axe finds no problems in TodoMVC, empty, with todos, and while one is edited', async () => {
  await using page = await openVitePage(folder('todomvc'));
  const { tab } = page;
  await tab.waitForSelector('.new-todo');
  expect(await findings(tab)).toEqual([]);
  await tab.fill('.new-todo', 'milk');
  await tab.press('.new-todo', 'Enter');
  await tab.check('.toggle');
  expect(await findings(tab)).toEqual([]);
  await tab.dblclick('.todo-list label');
  await tab.waitForSelector('.edit:focus');
  expect(await findings(tab)).toEqual([]);
});

it('axe finds no problems in the dashboard', async () => {
  let market: Awaited<ReturnType<typeof start>> | undefined;
  try {
    await using page = await openVitePage(folder('dashboard'), async (origin) => {
      market = await start(0, origin);
      return `?server=http://127.0.0.1:${(market.server.address() as AddressInfo).port}`;
    });
    await page.tab.waitForSelector('tbody th');
    expect(await findings(page.tab)).toEqual([]);
  } finally {
    market?.server.closeAllConnections();
    await market?.node.stop();
  }
});
