import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { openTab } from '../lib/chromium.mjs';

/** @type {Record<string, string>} */
const types = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.css': 'text/css' };

/**
 * Loads the page of a folder in Chromium. The page says how it went in its title: `ok`, or anything else when something
 * failed.
 *
 * @param {string} folder
 * @param {string} [path] of the page in it
 * @returns {Promise<{ code: number, output: string }>}
 */
export async function openPage(folder, path = '/') {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://page').pathname);
    try {
      const file = path.endsWith('/') ? join(folder, path, 'index.html') : join(folder, path);
      const content = readFileSync(file);
      response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' }).end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const { browser, tab: page } = await openTab();
  /** @type {string[]} */
  const messages = [];
  try {
    page.on('pageerror', (error) => messages.push(error.stack || error.message));
    page.on('console', (message) => messages.push(message.text()));
    page.on('response', (response) => {
      if (!response.ok()) messages.push(`${response.status()} ${response.url()}`);
    });
    await page.goto(`http://127.0.0.1:${port}${path}`);
    await page.waitForFunction(() => document.title !== 'loading');
    const title = await page.title();
    return { code: title === 'ok' ? 0 : 1, output: [`title: ${title}`, ...messages].join('\n') };
  } catch (error) {
    return { code: 1, output: [String(error), ...messages].join('\n') };
  } finally {
    await browser.close();
    server.close();
  }
}
