import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openVitePage } from '../vite-page.js';

it('TodoMVC works with a keyboard and a pointer, and keeps its list and filter over a reload', async () => {
  await using page = await openVitePage(fileURLToPath(new URL('../../../../examples/todomvc', import.meta.url)));
  const { tab } = page;
  const titles = () => tab.locator('.todo-list label').allTextContents();
  await tab.waitForSelector('.new-todo:focus');
  for (const title of ['a', 'b', 'c']) {
    await tab.keyboard.type(title);
    await tab.keyboard.press('Enter');
  }
  await tab.dblclick('li:nth-child(2) label');
  await tab.waitForSelector('.edit:focus');
  await tab.keyboard.press('End');
  await tab.keyboard.type('ut');
  await tab.keyboard.press('Enter');
  await tab.check('li:nth-child(1) .toggle');
  const button = tab.locator('li:nth-child(3) .destroy');
  const opacity = () => button.evaluate((element) => getComputedStyle(element).opacity);
  expect(await opacity()).toBe('0');
  await tab.hover('li:nth-child(3)');
  expect(await opacity()).toBe('1');
  await button.click();
  expect(await titles()).toEqual(['a', 'but']);
  await tab.click('text=Active');
  await tab.waitForSelector('.selected:has-text("Active")');
  await tab.reload();
  await tab.waitForSelector('.todo-list');
  expect([await titles(), await tab.locator('.selected').textContent()]).toEqual([['but'], 'Active']);
  await tab.goBack();
  await expect.poll(titles).toEqual(['a', 'but']);
});
