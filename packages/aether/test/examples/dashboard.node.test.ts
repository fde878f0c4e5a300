import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { start } from '../../../../examples/dashboard/src/server.js';
import { openVitePage } from '../vite-page.js';

it('the dashboard shows each change of a stream in its row, and the stream ends with the page', async () => {
  let market: Awaited<ReturnType<typeof start>> | undefined;
  const page = await openVitePage(fileURLToPath(new URL('../../../../examples/dashboard', import.meta.url)), async (origin) => {
    market = await start(0, origin);
    return `?server=http://127.0.0.1:${(market.server.address() as AddressInfo).port}`;
  });
  try {
    const { tab } = page;
    await tab.waitForFunction(() => Number(document.querySelector('output')?.textContent) > 500);
    expect(await tab.locator('tbody tr').count()).toBe(50);
    expect(await tab.locator('[role=status]').textContent()).toMatch(/^open: \d+ changes$/);
    const row = await tab.locator('tbody tr:first-child').elementHandle();
    const before = await row?.textContent();
    await tab.waitForFunction(([element, text]) => (element as Element).textContent !== text, [row, before] as const);
  } finally {
    await page[Symbol.asyncDispose]();
    await new Promise((resolve) => market?.server.close(resolve));
    await market?.node.stop();
  }
});
