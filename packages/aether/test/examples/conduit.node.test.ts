import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { conduit } from '../../../../examples/conduit/server/plugin.js';
import { openVitePage, type VitePage } from '../vite-page.js';
import { findings } from './axe.js';

let page: VitePage;
let other: Page;
beforeAll(async () => {
  const root = fileURLToPath(new URL('../../../../examples/conduit', import.meta.url));
  page = await openVitePage(root, async () => '', [conduit()]);
  const context = await page.tab.context().browser()?.newContext();
  other = (await context?.newPage()) as Page;
  // Only what hangs takes so long.
  for (const tab of [page.tab, other]) tab.setDefaultTimeout(150_000);
});
afterAll(() => page?.[Symbol.asyncDispose]());

/** Waits until the page has taken over what the server has written: then the tools of development are there. */
const takenOver = (tab: Page) => tab.waitForSelector('aether-devtools', { state: 'attached' });

async function register(tab: Page, name: string): Promise<void> {
  await tab.goto(`${page.origin}/register`);
  await takenOver(tab);
  await tab.fill('[name=name]', name);
  await tab.fill('[name=email]', `${name}@example.com`);
  await tab.fill('[name=password]', 'correct horse');
  await tab.click('text=Create account');
  await tab.waitForSelector(`nav >> text=${name}`);
  await takenOver(tab);
}

async function publish(tab: Page, title: string): Promise<void> {
  await tab.click('text=New article');
  await tab.fill('[name=title]', title);
  await tab.fill('[name=description]', 'short');
  await tab.fill('[name=body]', 'First text');
  await tab.fill('[name=tags]', 'fresh');
  await tab.click('text=Publish');
  await tab.waitForSelector(`h1:has-text("${title}")`);
}

it('registers, signs in and out, and shows errors', async () => {
  const { tab } = page;
  await register(tab, 'ada');
  await tab.goto(`${page.origin}/profile/ada`);
  await takenOver(tab);
  await tab.click('text=Sign out');
  await tab.waitForSelector('nav >> text=Sign in');
  // The browser keeps no page of the user who has signed out.
  expect(await (await tab.goBack())?.text()).toContain('Sign up');
  await takenOver(tab);
  await tab.click('text=Sign in');
  await tab.fill('[name=email]', 'ada@example.com');
  await tab.fill('[name=password]', 'wrong horse');
  await tab.click('text=Enter');
  await tab.waitForSelector('text=email or password is wrong');
  await tab.fill('[name=password]', 'correct horse');
  await tab.click('text=Enter');
  await tab.waitForSelector('nav >> text=ada');
  await takenOver(tab);
});

it('shows validation errors of the server at their fields', async () => {
  const { tab } = page;
  await tab.click('text=New article');
  await tab.fill('[name=title]', 'Too many');
  await tab.fill('[name=tags]', 'a b c d e f');
  await tab.click('text=Publish');
  await tab.waitForSelector('role=alert >> text=Some fields are invalid');
  const described = (name: string) =>
    tab.evaluate((field) => {
      const input = document.querySelector(`[name=${field}]`);
      return [
        input?.getAttribute('aria-invalid'),
        document.getElementById(input?.getAttribute('aria-describedby') ?? '')?.textContent,
      ];
    }, name);
  expect(await described('title')).toEqual(['false', '']);
  expect(await described('body')).toEqual(['true', 'is missing']);
  expect(await described('tags')).toEqual(['true', 'must be at most 5']);
});

it('publishes an article, which appears in the lists, also by its tag', async () => {
  const { tab } = page;
  await publish(tab, 'Engines');
  await tab.click('nav >> text=Home');
  await tab.waitForSelector('article:first-of-type >> text=Engines');
  await tab.click('.tag:has-text("fresh")');
  await tab.waitForFunction(() => document.querySelectorAll('article').length === 1);
});

it('shows new comments in another browser at once, in a server-rendered page that has made no request', async () => {
  const { tab } = page;
  await register(other, 'grace');
  await other.goto(page.origin + (await other.getAttribute('a:text-is("Engines")', 'href')));
  await takenOver(other);
  await tab.click('article >> text=Engines');
  await tab.waitForSelector('h1:has-text("Engines")');
  await tab.fill('[name=body]', 'Hello, Grace');
  await tab.click('text=Post comment');
  await other.waitForSelector('.comments >> text=Hello, Grace');
});

it('moves the focus to the heading of an article, and announces its title to the document and to screen readers', async () => {
  const { tab } = page;
  await tab.click('nav >> text=Home');
  await tab.click('article >> text=Engines');
  await tab.waitForFunction(() => document.title === 'Engines');
  // The tools of development are middleware: whose data is in the cache is known a moment later with them. Until then the heading says that it loads.
  await tab.waitForSelector('h1:has-text("Engines")');
  const said = () => [document.activeElement?.localName, document.activeElement?.textContent, document.title];
  expect(await tab.evaluate(said)).toEqual(['h1', 'Engines', 'Engines']);
  expect(await tab.textContent('#aether-announcer')).toBe('Engines');
});

it('deletes a comment, in the other browser, too; only its author can do so', async () => {
  expect(await other.locator('.comments button').count()).toBe(0);
  await page.tab.click('.comments button');
  await other.waitForSelector('.comments:not(:has(li))', { state: 'attached' });
});

it('shows a favorite before the server has answered', async () => {
  let answer = () => {};
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await other.route('**/netron/**/favorite', async (route) => {
    await held;
    await route.continue();
  });
  await other.click('main .favorite');
  await other.waitForSelector('.favorite[aria-pressed=true]:has-text("1")');
  expect(await page.tab.textContent('main .favorite')).toContain('0');
  answer();
  await page.tab.waitForSelector('.favorite:has-text("1")');
});

it('stores an edit made offline, and sends it when the network is back', async () => {
  const { tab } = page;
  await tab.click('main >> text=Edit');
  await tab.waitForSelector('h1:has-text("Edit article")');
  await tab.waitForFunction(() => document.querySelector('textarea')?.value === 'First text');
  await tab.context().setOffline(true);
  await tab.waitForSelector('text=Offline');
  await tab.fill('[name=body]', 'Second text');
  await tab.click('text=Publish');
  await tab.waitForSelector('.body:has-text("Second text")');
  expect(await other.textContent('.body')).toBe('First text');
  await tab.context().setOffline(false);
  await other.waitForSelector('.body:has-text("Second text")');
});

it('follows an author, whose articles then appear in the feed', async () => {
  await other.click('main >> text=ada');
  await other.click('.follow');
  await other.waitForSelector('.follow[aria-pressed=true]');
  await other.click('nav >> text=Home');
  await other.click('.feed');
  await other.waitForFunction(() => document.querySelectorAll('article').length === 1);
  expect(await other.textContent('article h2')).toBe('Engines');
});

it('deletes an article, which disappears from the lists of all users', async () => {
  await page.tab.click('text=Delete article');
  await page.tab.waitForSelector('article:first-of-type >> text=Article 25');
  await other.waitForSelector('text=No articles');
});

it('a page that the server rendered without data is hydrated as it is, without another request', async () => {
  const { tab } = page;
  const asked: string[] = [];
  const problems: string[] = [];
  const listen = (request: { url(): string }) => void (request.url().includes('/netron/articles') && asked.push(request.url()));
  const complain = (message: { type(): string; text(): string }) =>
    void (message.type() === 'error' && problems.push(message.text()));
  tab.on('request', listen);
  tab.on('console', complain);
  const response = await tab.goto(`${page.origin}/article/none`);
  await takenOver(tab);
  tab.off('request', listen);
  tab.off('console', complain);
  // Browsers say of each document with an error status that it has one.
  expect(problems.filter((text) => !text.includes('status of 404'))).toEqual([]);
  expect([response?.status(), await tab.textContent('h1'), await tab.title(), asked]).toEqual([
    404,
    'No such article',
    "no article 'none'",
    [],
  ]);
});

it('is rendered on the server for each user, and hydrated without another request or node', async () => {
  const { tab } = page;
  const anonymous = await fetch(`${page.origin}/article/article-24-24`, { headers: { accept: 'text/html' } });
  const html = await anonymous.text();
  expect(html).toContain('<title>Article 24</title>');
  expect(html).toMatch(/<p class="body">Text of 24<\/p>/);
  expect(html).toContain('Sign in');
  const nowhere = await fetch(`${page.origin}/nowhere`, { headers: { accept: 'text/html' } });
  expect([nowhere.status, await nowhere.text()]).toEqual([404, expect.stringContaining('<title>Nothing here</title>')]);

  const asked: string[] = [];
  const problems: string[] = [];
  const listen = (request: { url(): string }) => void (request.url().includes('/netron/') && asked.push(request.url()));
  const complain = (message: { type(): string; text(): string }) =>
    void (message.type() === 'error' && problems.push(message.text()));
  tab.on('request', listen);
  tab.on('console', complain);
  // Kept by the window: the nodes that the server has written.
  await tab.addInitScript(() => {
    addEventListener(
      'readystatechange',
      () => {
        Object.assign(window, { written: document.querySelector('main h1') });
      },
      { once: true, capture: true },
    );
  });
  await tab.goto(`${page.origin}/profile/editor`);
  await takenOver(tab);
  expect(await tab.evaluate(() => document.querySelector('main h1') === (window as { written?: unknown }).written)).toBe(true);
  expect(await tab.textContent('nav')).toContain('ada');
  expect(await tab.locator('article').count()).toBe(10);
  tab.off('request', listen);
  tab.off('console', complain);
  expect([asked.filter((url) => /users|articles/.test(url)), problems]).toEqual([[], []]);
});

it('its forms work without scripts: signing up, articles and comments, validation errors, and signing in', async () => {
  const context = await page.tab.context().browser()?.newContext({ javaScriptEnabled: false });
  const tab = (await context?.newPage()) as Page;
  tab.setDefaultTimeout(150_000);
  const alert = () => tab.locator('main [role=alert]').first().textContent();
  await tab.goto(`${page.origin}/register`);
  await tab.fill('[name=name]', 'ada');
  await tab.fill('[name=email]', 'byron@example.com');
  await tab.fill('[name=password]', 'correct horse');
  const [refused] = await Promise.all([tab.waitForResponse(/register/), tab.click('text=Create account')]);
  await tab.waitForSelector('.error:has-text("is taken")');
  expect([refused.status(), await alert(), tab.url()]).toEqual([400, 'Some fields are invalid', `${page.origin}/register`]);
  await tab.fill('[name=name]', 'byron');
  await tab.fill('[name=email]', 'byron@example.com');
  await tab.fill('[name=password]', 'correct horse');
  await tab.click('text=Create account');
  await tab.waitForSelector('nav >> text=byron');
  expect(tab.url()).toBe(`${page.origin}/`);
  await publish(tab, 'Childe Harold');
  await tab.fill('[name=body]', 'To myself');
  await tab.click('text=Post comment');
  await tab.waitForSelector('.comments >> text=To myself');
  expect(await tab.inputValue('[name=body]')).toBe('');
  await tab.click('main >> text=Edit');
  await tab.fill('[name=body]', 'Second canto');
  await tab.click('text=Publish');
  await tab.waitForSelector('.body:has-text("Second canto")');
  await context?.clearCookies();
  await tab.goto(`${page.origin}/login`);
  await tab.fill('[name=email]', 'byron@example.com');
  await tab.fill('[name=password]', 'wrong horse');
  await tab.click('text=Enter');
  await tab.waitForSelector('text=email or password is wrong');
  await tab.fill('[name=email]', 'byron@example.com');
  await tab.fill('[name=password]', 'correct horse');
  await tab.click('text=Enter');
  await tab.waitForSelector('nav >> text=byron');
  await context?.close();
});

it('refuses forms of another site, and forms that are too long', async () => {
  const headers = { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' };
  const send = (body: string, origin: string) =>
    fetch(`${page.origin}/login`, { method: 'POST', headers: { ...headers, origin }, body, redirect: 'manual' });
  expect((await send('email=a&password=b', 'https://elsewhere.example')).status).toBe(403);
  expect((await send(`email=${'a'.repeat(1024 * 1024)}`, page.origin)).status).toBe(413);
  expect((await send('email=a&password=b', page.origin)).status).toBe(400);
});

/** Addresses that somebody visits who reads, by clicks: two lists, some articles, some of them again. */
const run = ['Article 25', 'Home', 'Article 24', 'Home', 'Article 25', 'Home', 'Article 23', 'Home', 'Article 24', 'Home'];

it('PF-13: more than 80 % of the reads of a recorded visit are answered by the cache', async () => {
  const { tab } = page;
  await tab.goto(`${page.origin}/`);
  await takenOver(tab);
  for (const name of [...run, ...run, ...run]) {
    await tab.click(`a:text-is("${name}")`);
    await tab.waitForSelector(name === 'Home' ? 'h1:has-text("Conduit")' : `h1:has-text("${name}")`);
    await tab.waitForSelector('section[aria-busy=false], .comments', { state: 'attached' });
  }
  const rate = await tab.evaluate(`globalThis[Symbol.for('@omnitron-dev/aether/devtools')].read(false).hitRate`);
  expect(rate).toBeGreaterThan(0.8);
});

it('axe finds no accessibility problems in any of its pages', async () => {
  const { tab } = page;
  for (const path of ['/', '/register', '/editor', '/article/article-25-25', '/nowhere']) {
    await tab.goto(page.origin + path);
    await takenOver(tab);
    expect([path, await findings(tab)]).toEqual([path, []]);
  }
});
