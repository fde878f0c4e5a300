/** What a page that reads a list of users from a service and adds to it needs before it shows something. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { aether } from '@omnitron-dev/aether/vite';
import { defineService, Netron } from '@omnitron-dev/netron';
import { httpHandler } from '@omnitron-dev/netron/http';
import { initTRPC } from '@trpc/server';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import { build } from 'vite';
import solid from 'vite-plugin-solid';
import { openBrowser, openPage, serve } from '../harness/browser.mjs';
import { here } from '../harness/install.mjs';
import { interleaved, median } from '../harness/rounds.mjs';

const contenders = {
  aether: { title: 'Aether and Netron', plugins: () => [aether()] },
  react: { title: 'React, TanStack Query, tRPC', oxc: { jsx: { runtime: 'automatic', importSource: 'react' } } },
  solid: { title: 'Solid, TanStack Query, tRPC', plugins: () => [solid({ hot: false })] },
};
const names = Object.keys(contenders);
const folder = join(here, '.pages', 'start');

/** Builds a page, and returns the bytes of the scripts that it loads before it shows something. */
async function buildPage(name) {
  const { plugins = () => [], oxc = {} } = contenders[name];
  const outDir = join(folder, name);
  const { output } = await build({
    root: join(here, 'start'),
    base: `/${name}/`,
    configFile: false,
    logLevel: 'warn',
    plugins: plugins(),
    oxc,
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      outDir,
      target: 'es2022',
      modulePreload: false,
      rolldownOptions: {
        input: join(here, 'start/contenders', `${name}.jsx`),
        output: { entryFileNames: 'main.js' },
      },
    },
  });
  const loaded = new Set(['main.js']);
  for (const file of loaded) for (const next of output.find(({ fileName }) => fileName === file).imports) loaded.add(next);
  return [...loaded].reduce((sum, file) => sum + gzipSync(readFileSync(join(outDir, file)), { level: 9 }).length, 0);
}

const users = [
  { id: '1', name: 'Ada' },
  { id: '2', name: 'Grace' },
];

async function serveUsers() {
  const list = () => users;
  const add = (name) => ({ id: '3', name });
  const node = await Netron.create({ logLevel: 'error' });
  await node.peer.exposeService(defineService({ name: 'users@1.0.0', methods: { list, add } }));
  const netron = httpHandler(node);
  const t = initTRPC.create();
  const router = t.router({
    list: t.procedure.query(list),
    add: t.procedure.input((name) => name).mutation(({ input }) => add(input)),
  });
  const trpc = createHTTPHandler({ router, basePath: '/trpc/' });
  const pages = Object.fromEntries(
    names.map((name) => [
      `${name}.html`,
      `<!doctype html><html lang="en"><title>start</title><div id="app"></div><script type="module" src="/${name}/main.js"></script></html>`,
    ]),
  );
  const server = await serve(folder, pages, (request, response) =>
    request.url.startsWith('/trpc/') ? trpc(request, response) : netron.node(request, response),
  );
  return {
    address: server.address,
    async close() {
      server.close();
      await node.stop();
    },
  };
}

export async function sections({ rounds }) {
  rmSync(folder, { recursive: true, force: true });
  const bytes = {};
  for (const name of names) bytes[name] = await buildPage(name);
  const server = await serveUsers();
  const browser = await openBrowser();
  try {
    /** Milliseconds of CPU time from a blank page to the one with its list. */
    const start = async (name) => {
      const { page, spent } = await openPage(browser, 'about:blank');
      const before = await spent();
      await page.goto(`${server.address}/${name}.html`);
      await page.waitForSelector('li:nth-child(2)');
      const total = (await spent()) - before;
      await page.context().close();
      return total;
    };
    await interleaved(names, 2, start);
    const figures = await interleaved(names, rounds, start);
    console.error(names.map((name) => `${name} ${bytes[name]} bytes, ${median(figures[name]).toFixed(1)} ms`).join(', '));
    return [
      {
        title: 'Start',
        text: 'A page that shows a list from a service and changes it: size of its initial scripts (minified, gzip), and CPU time from a blank page to the list. Target: smallest.',
        columns: names.map((name) => contenders[name].title),
        rows: [
          { title: 'kB', cells: names.map((name) => (bytes[name] / 1_000).toFixed(1)) },
          { title: 'ms', cells: names.map((name) => median(figures[name]).toFixed(1)) },
        ],
      },
    ];
  } finally {
    await browser.close();
    await server.close();
  }
}
