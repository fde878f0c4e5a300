/** The extension, built and loaded by Chromium, with a page of the sources that is inspected. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BrowserContext, chromium, type Page } from 'playwright';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openVitePage, type VitePage } from '../vite-page.js';

interface Loaded {
  readonly id: string;
  readonly errors: readonly unknown[];
}

/** What the browser's own page of extensions is given. */
interface DeveloperPrivate {
  getExtensionsInfo(options: object, answer: (all: readonly ExtensionInfo[]) => void): void;
  readonly onItemStateChanged: { addListener(listener: () => void): void };
}

interface ExtensionInfo {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly runtimeErrors: readonly unknown[];
  readonly manifestErrors: readonly unknown[];
}

const folder = mkdtempSync(join(tmpdir(), 'aether-extension-'));
let context: BrowserContext;
let inspected: VitePage;
let panel: Page;

beforeAll(async () => {
  const program = fileURLToPath(new URL('../../../../tools/extension.mjs', import.meta.url));
  execFileSync(process.execPath, [program, join(folder, 'built')], { stdio: 'pipe' });
  context = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: false,
    args: [
      ...['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run'],
      ...[`--disable-extensions-except=${folder}/built`, `--load-extension=${folder}/built`],
    ],
  });
  inspected = await openVitePage(fileURLToPath(new URL('page', import.meta.url)));
});
afterAll(async () => {
  await inspected?.[Symbol.asyncDispose]();
  await context?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Waits until the browser has loaded the extension, and returns its address. */
async function addressOfExtension(): Promise<string> {
  const page = await context.newPage();
  await page.goto('chrome://extensions');
  const { id, errors } = await page.evaluate(() => {
    const { developerPrivate } = (globalThis as unknown as { chrome: { developerPrivate: DeveloperPrivate } }).chrome;
    return new Promise<Loaded>((resolve) => {
      const look = () =>
        developerPrivate.getExtensionsInfo({}, (all) => {
          const ours = all.find(({ name, state }) => name === 'Aether' && state === 'ENABLED');
          if (ours) resolve({ id: ours.id, errors: [...ours.runtimeErrors, ...ours.manifestErrors] });
        });
      developerPrivate.onItemStateChanged.addListener(look);
      look();
    });
  });
  await page.close();
  expect(errors).toEqual([]);
  return `chrome-extension://${id}`;
}

it('is loaded by the browser, and its panel shows the page that is inspected', async () => {
  const address = await addressOfExtension();
  panel = await context.newPage();
  // A tab has no page that it inspects: this one is asked instead, as the browser's tools would.
  await panel.exposeFunction('inspect', (program: string) => inspected.tab.evaluate(program));
  await panel.addInitScript(() => {
    const { inspect } = globalThis as unknown as { inspect(program: string): Promise<unknown> };
    const answer = (program: string, done: (result: unknown, failure?: object) => void) => {
      inspect(program).then(
        (result) => done(result),
        (error: unknown) => done(undefined, { isException: true, value: String(error) }),
      );
    };
    Object.assign((globalThis as unknown as { chrome: object }).chrome, { devtools: { inspectedWindow: { eval: answer } } });
  });
  await panel.goto(`${address}/panel.html`);
  await panel.waitForSelector('[data-component=Counter]');
  expect(await panel.textContent('[data-component=Counter]')).not.toContain('count = 1');
  await panel.check('input[type=checkbox]');
  await panel.waitForSelector('text=count = 1');
  await inspected.tab.click('#add');
  await panel.waitForSelector('text=count = 2');
  await panel.click('text=Router');
  await panel.waitForSelector('text=No router');
});
