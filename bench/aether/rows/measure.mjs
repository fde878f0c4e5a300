import { readFileSync } from 'node:fs';
import { openBrowser, openPage, serve } from '../harness/browser.mjs';
import { interleaved, median } from '../harness/rounds.mjs';
import { buildPages, contenders } from './pages.mjs';

const style = 'table{width:100%;border-collapse:collapse}td{padding:8px;border-top:1px solid #ddd}.danger{background:#fdd}';
const html = (script) =>
  `<!doctype html><html lang="en"><title>rows</title><style>${style}</style><div id="app"></div><script type="module" src="/operations.js"></script><script type="module" src="/${script}"></script></html>`;

/** Times of operations on a table of rows, each contender in a page of its own, and what a shown table needs of the heap. */
export async function measureRows({ rounds, rows }) {
  const folder = await buildPages();
  const pages = Object.fromEntries(contenders.map((_, index) => [`${index}.html`, html(`${index}.js`)]));
  const operations = readFileSync(new URL('operations.js', import.meta.url));
  const server = await serve(folder, { ...pages, 'operations.js': operations });
  const browser = await openBrowser();
  try {
    const open = new Map();
    for (const [index, name] of contenders.entries()) open.set(name, await openPage(browser, `${server.address}/${index}.html`));
    const names = (await open.get('plain').page.evaluate('window.table.operations')).filter((name) => name.includes(rows));
    const once = async (name, operation, withLayout) => {
      const { page, time } = open.get(name);
      await page.evaluate(([of, shown]) => window.table.prepare(of, shown), [operation, withLayout]);
      const spent = await time(`window.table.act(${JSON.stringify(operation)})`);
      await page.evaluate((of) => window.table.check(of), operation);
      return spent;
    };
    // What it takes to ask for a time.
    const asking = {};
    for (const name of contenders) {
      const { time } = open.get(name);
      asking[name] = median((await interleaved([name], 15, () => time('undefined')))[name]);
    }
    const results = [];
    for (const operation of names) {
      const lots = operation.includes('10,000');
      for (const name of contenders)
        for (let warm = 0; warm < (lots ? 1 : 5); warm++) {
          await once(name, operation, false);
          await once(name, operation, true);
        }
      const measure = (withLayout) =>
        interleaved(contenders, rounds, async (name) => Math.max(0.01, (await once(name, operation, withLayout)) - asking[name]));
      const script = await measure(false);
      const layout = await measure(true);
      results.push({ id: operation, script, layout });
      console.error(
        `${operation}: ${contenders.map((name) => `${name} ${median(script[name]).toFixed(2)} / ${median(layout[name]).toFixed(2)} ms`).join(', ')}`,
      );
    }
    const memory = {};
    for (const name of contenders) {
      const { page, heap } = open.get(name);
      const bytes = async (count) => {
        await page.evaluate((of) => window.table.show(of), count);
        return heap();
      };
      const empty = await bytes(0);
      const thousand = (await bytes(1_000)) - empty;
      memory[name] = { thousand, tenThousand: (await bytes(10_000)) - empty };
      await page.evaluate(() => window.table.show(0));
    }
    return { results, memory };
  } finally {
    await browser.close();
    server.close();
  }
}
