import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { start } from '../../../../examples/dashboard/src/server.js';
import { openVitePage, type VitePage } from '../vite-page.js';

let market: Awaited<ReturnType<typeof start>> | undefined;
let page: VitePage;
beforeAll(async () => {
  page = await openVitePage(fileURLToPath(new URL('../../../../examples/dashboard', import.meta.url)), async (origin) => {
    market = await start(0, origin);
    return `?server=http://127.0.0.1:${(market.server.address() as AddressInfo).port}`;
  });
});
afterAll(async () => {
  await page?.[Symbol.asyncDispose]();
  // The stream has ended with the page: the server has no connection left to wait for.
  await new Promise((resolve) => market?.server.close(resolve));
  await market?.node.stop();
});

it('the dashboard shows each change of a stream in its row, and the stream ends with the page', async () => {
  const { tab } = page;
  await tab.waitForFunction(() => Number(document.querySelector('.count')?.textContent) > 500);
  expect(await tab.locator('tbody tr').count()).toBe(50);
  // Screen readers say each change of a live region: the state alone is in one.
  expect(await tab.locator('[role=status], [role=log], [role=alert], [aria-live], output').allTextContents()).toEqual(['open']);
  const row = await tab.locator('tbody tr:first-child').elementHandle();
  const before = await row?.textContent();
  await tab.waitForFunction(([element, text]) => (element as Element).textContent !== text, [row, before] as const);
});

/** Counts what the page writes to the document while so many changes come. */
function writesFor(changes: number): Promise<{ changes: number; prices: number; counters: number; others: number }> {
  const output = document.querySelector('.count') as HTMLElement;
  const shown = () => Number(output.textContent);
  const from = shown();
  const count = { changes: 0, prices: 0, counters: 0, others: 0 };
  return new Promise((resolve) => {
    const observer = new MutationObserver((records) => {
      for (const { type, target } of records) {
        if (type !== 'characterData') count.others++;
        else if (output.contains(target)) count.counters++;
        else if (target.parentElement?.localName === 'td') count.prices++;
        else count.others++;
      }
      if (shown() - from < changes) return;
      observer.disconnect();
      resolve({ ...count, changes: shown() - from });
    });
    observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  });
}

it('3,000 changes write the text of their prices, each batch of 20 at most once the counter, and nothing else', async () => {
  const { changes, prices, counters, others } = await page.tab.evaluate(writesFor, 3_000);
  // Bundles that arrive together are shown together, as they do on a busy machine: the counter tells how often something is shown.
  expect(counters * 20).toBeLessThanOrEqual(changes);
  // Changes of one price that are shown together are one write, and some change nothing that is shown.
  expect(prices).toBeLessThanOrEqual(Math.min(changes, counters * 50));
  expect(prices).toBeGreaterThan(counters * 8);
  expect(others).toBe(0);
});
