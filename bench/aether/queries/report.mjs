import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { aether } from '@omnitron-dev/aether/vite';
import { defineService, Netron } from '@omnitron-dev/netron';
import { httpHandler } from '@omnitron-dev/netron/http';
import { build } from 'vite';
import solid from 'vite-plugin-solid';
import { openBrowser, openPage, serve } from '../harness/browser.mjs';
import { here } from '../harness/install.mjs';
import { interleaved, median, ratio } from '../harness/rounds.mjs';

const contenders = ['aether', 'solid'];
const plugins = { aether: () => [aether()], solid: () => [solid({ hot: false })] };
const outDir = join(here, '.pages', 'queries');

async function buildPages() {
  rmSync(outDir, { recursive: true, force: true });
  mkdirSync(outDir, { recursive: true });
  for (const name of contenders) {
    await build({
      root: join(here, 'queries'),
      configFile: false,
      logLevel: 'warn',
      plugins: plugins[name](),
      define: { 'process.env.NODE_ENV': '"production"' },
      build: {
        outDir,
        emptyOutDir: false,
        target: 'es2022',
        modulePreload: false,
        rolldownOptions: { input: join(here, 'queries/contenders', `${name}.jsx`), output: { entryFileNames: `${name}.js` } },
      },
    });
  }
}

const html = (name) =>
  `<!doctype html><html lang="en"><title>queries</title><div id="app"></div><script type="module" src="/operations.js"></script><script type="module" src="/${name}.js"></script></html>`;

/** Users as a Netron service, and as plain JSON for those who do without. */
async function serveUsers() {
  const getUser = (id) => ({ id, name: id });
  const node = await Netron.create({ logLevel: 'error' });
  await node.peer.exposeService(defineService({ name: 'users@1.0.0', methods: { getUser } }));
  const handler = httpHandler(node);
  const pages = Object.fromEntries(contenders.map((name) => [`${name}.html`, html(name)]));
  pages['operations.js'] = readFileSync(new URL('operations.js', import.meta.url));
  const server = await serve(outDir, pages, async (request, response) => {
    if (request.url !== '/plain') return handler.node(request, response);
    let body = '';
    for await (const chunk of request) body += chunk;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(getUser(JSON.parse(body).id)));
  });
  return {
    address: server.address,
    async close() {
      server.close();
      await node.stop();
    },
  };
}

/** The speed of components with cached queries as a multiple of that of Solid with TanStack Query. */
export async function sections({ rounds }) {
  await buildPages();
  const server = await serveUsers();
  const browser = await openBrowser();
  try {
    const open = {};
    for (const name of contenders) {
      open[name] = await openPage(browser, `${server.address}/${name}.html`);
      await open[name].page.evaluate(() => window.bench.load());
    }
    const once = async (name, operation) => {
      const { page, time } = open[name];
      await page.evaluate((of) => window.bench.prepare(of), operation);
      const spent = await time(`window.bench.act(${JSON.stringify(operation)})`);
      await page.evaluate((of) => window.bench.check(of), operation);
      return spent;
    };
    const rows = [];
    for (const operation of await open.aether.page.evaluate(() => window.bench.operations)) {
      await interleaved(contenders, 5, (name) => once(name, operation));
      const figures = await interleaved(contenders, rounds, (name) => once(name, operation));
      console.error(`${operation}: ${contenders.map((name) => `${name} ${median(figures[name]).toFixed(2)} ms`).join(', ')}`);
      rows.push({ title: operation, cells: [ratio(figures.solid, figures.aether).toFixed(2)] });
    }
    return [
      {
        title: 'Queries',
        text: 'Speed of `useQuery` as a multiple of the speed of TanStack Query for Solid, by CPU time of the page: above 1, Aether is faster. Target: 1.0.',
        columns: ['solid with TanStack Query'],
        rows,
      },
    ];
  } finally {
    await browser.close();
    await server.close();
  }
}
