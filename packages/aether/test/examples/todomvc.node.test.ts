import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openVitePage, type VitePage } from '../vite-page.js';

let page: VitePage;
beforeAll(async () => {
  page = await openVitePage(fileURLToPath(new URL('../../../../examples/todomvc', import.meta.url)));
});
afterAll(() => page[Symbol.asyncDispose]());

/** Adds todos as somebody does who types. */
async function add(...titles: string[]): Promise<void> {
  for (const title of titles) {
    await page.tab.fill('.new-todo', title);
    await page.tab.press('.new-todo', 'Enter');
  }
}

/** The titles that are shown. */
const titles = () => page.tab.locator('.todo-list label').allTextContents();
const text = (selector: string) => page.tab.locator(selector).textContent();

beforeEach(async () => {
  await page.tab.evaluate('localStorage.clear(); location.hash = ""');
  await page.tab.reload();
  await page.tab.waitForSelector('.new-todo');
});

describe('TodoMVC, by its specification', () => {
  it('hides what is empty, focuses the field, trims, and ignores what is blank', async () => {
    expect(await page.tab.locator('.main, .footer').count()).toBe(0);
    expect(await page.tab.locator('.new-todo:focus').count()).toBe(1);
    await add('  buy milk  ', '   ', 'walk');
    expect([await titles(), await page.tab.inputValue('.new-todo')]).toEqual([['buy milk', 'walk'], '']);
    expect(await text('.todo-count')).toBe('2 items left');
  });

  it('completes, one by one and all at once, and clears what is completed', async () => {
    await add('a', 'b');
    expect(await page.tab.locator('.clear-completed').count()).toBe(0);
    await page.tab.check('li:nth-child(1) .toggle');
    expect([await page.tab.locator('li.completed').count(), await text('.todo-count')]).toEqual([1, '1 item left']);
    await page.tab.check('.toggle-all');
    expect(await page.tab.locator('li.completed').count()).toBe(2);
    await page.tab.uncheck('li:nth-child(2) .toggle');
    expect(await page.tab.isChecked('.toggle-all')).toBe(false);
    await page.tab.click('.clear-completed');
    expect(await titles()).toEqual(['b']);
  });

  it('edits on a double click: Enter and blur save, Escape does not, an empty title removes', async () => {
    await add('a', 'b');
    const edit = async (value: string) => {
      await page.tab.dblclick('li:nth-child(1) label');
      await page.tab.waitForSelector('.edit:focus');
      await page.tab.fill('.edit', value);
    };
    await edit(' saved ');
    await page.tab.press('.edit', 'Enter');
    expect(await titles()).toEqual(['saved', 'b']);
    await edit('dropped');
    await page.tab.press('.edit', 'Escape');
    expect(await titles()).toEqual(['saved', 'b']);
    await edit('left');
    await page.tab.focus('.new-todo');
    expect(await titles()).toEqual(['left', 'b']);
    await edit('  ');
    await page.tab.press('.edit', 'Enter');
    expect(await titles()).toEqual(['b']);
  });

  it('filters by its address, and keeps everything over a reload', async () => {
    await add('a', 'b');
    await page.tab.check('li:nth-child(1) .toggle');
    await page.tab.click('text=Active');
    expect([await titles(), await text('.selected')]).toEqual([['b'], 'Active']);
    await page.tab.reload();
    await page.tab.waitForSelector('.todo-list');
    expect([await titles(), await text('.selected')]).toEqual([['b'], 'Active']);
    await page.tab.click('text=Completed');
    expect(await titles()).toEqual(['a']);
    await page.tab.goBack();
    await expect.poll(titles).toEqual(['b']);
  });
});
