/** Chromium with one page per contender, and the CPU time that a page's main thread spends. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { chromium } from 'playwright';

const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

/**
 * Serves files of a folder, and pages as texts, at an address of this machine.
 *
 * @param {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => void} [otherwise]
 *   answers what is not there
 */
export async function serve(folder, pages = {}, otherwise = (_, response) => response.writeHead(404).end()) {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://x').pathname).slice(1);
    const file = join(folder, path);
    const body = pages[path] ?? (path !== '' && existsSync(file) ? readFileSync(file) : undefined);
    if (body === undefined) otherwise(request, response);
    else response.writeHead(200, { 'content-type': types[extname(path)] ?? 'text/html', 'cache-control': 'no-store' }).end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { address: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

export async function openBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--js-flags=--expose-gc'],
  });
}

/** Opens a page, with a meter of the CPU time of its main thread. */
export async function openPage(browser, address) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const failures = [];
  page.on('pageerror', (error) => failures.push(error));
  await page.goto(address);
  const session = await context.newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const metric = async (name) => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find((each) => each.name === name).value;
  };
  return {
    page,
    /** Milliseconds of CPU time of the main thread so far. */
    spent: async () => (await metric('TaskDuration')) * 1_000,
    /** Milliseconds of CPU time that an expression takes on the main thread, its promise included. */
    async time(expression) {
      const before = await metric('TaskDuration');
      const { exceptionDetails } = await session.send('Runtime.evaluate', { expression, awaitPromise: true });
      const after = await metric('TaskDuration');
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      if (failures.length > 0) throw failures[0];
      return (after - before) * 1_000;
    },
    /** Bytes of the heap of scripts, collected. */
    async heap() {
      for (let round = 0; round < 3; round++) await session.send('HeapProfiler.collectGarbage');
      return metric('JSHeapUsedSize');
    },
  };
}
