/** A page and its node over HTTP/2 with TLS, in Chromium: calls, batches, streams, uploads and live data on one connection. */
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Cache, defineService, invalidate, Netron, withAnnotations } from '@omnitron-dev/netron';
import { httpHandler } from '@omnitron-dev/netron/http';
import { build } from 'esbuild';
import { chromium } from 'playwright';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeCertificates } from '../../netron/test/transport/certificates.js';

const texts: string[] = [];
const board = defineService({
  name: 'board',
  methods: {
    list: withAnnotations(() => [...texts], Cache({ tags: ['texts'] })),
    write: (text: string) => {
      texts.push(text);
      invalidate('texts');
    },
    double: (n: number) => 2 * n,
    async *count(to: number) {
      for (let n = 1; n <= to; n += 1) yield n;
    },
    size: async (file: Blob) => {
      let size = 0;
      for await (const chunk of file.stream() as unknown as AsyncIterable<Uint8Array>) size += chunk.length;
      return size;
    },
  },
});

/** The program of the page: leaves its results in the title. */
const program = `
import { HttpRemotePeer } from '@omnitron-dev/netron-browser';
const peer = new HttpRemotePeer(location.origin);
const board = await peer.queryInterface('board');
const doubles = await Promise.all(Array.from({ length: 20 }, (_, n) => board.double(n)));
const counted = [];
for await (const n of board.count(3)) counted.push(n);
const size = await board.size(new Blob([new Uint8Array(100_000)]));
const query = peer.watch('board', 'list', []);
const shown = new Promise((resolve) => query.subscribe(() => query.data?.length === 1 && resolve(query.data)));
await board.write('hello');
const live = await shown;
const protocols = new Set(performance.getEntriesByType('resource').map(({ nextHopProtocol }) => nextHopProtocol));
document.title = JSON.stringify({ doubles: doubles.at(-1), counted, size, live, protocols: [...protocols] });
`;

let node: Netron;
let port: number;
let sessions = 0;
const ends: (() => void)[] = [];
beforeAll(async () => {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    conditions: ['@omnitron-dev/source'],
  });
  node = await Netron.create({ logLevel: 'error' });
  await node.peer.exposeService(board);
  const handler = httpHandler(node);
  const files: Record<string, { readonly type: string; readonly content: string | Uint8Array }> = {
    '/': {
      type: 'text/html',
      content: '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>',
    },
    '/page.js': { type: 'text/javascript', content: outputFiles[0]!.contents },
  };
  const { cert, key } = makeCertificates().server;
  const server = createSecureServer({ cert, key, allowHTTP1: true }, (request, response) => {
    const own = files[request.url];
    if (own !== undefined) response.writeHead(200, { 'content-type': own.type }).end(own.content);
    else void handler.node(request, response);
  });
  server.on('session', (session) => {
    sessions += 1;
    ends.push(() => session.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
  ends.push(() => server.close());
});
afterAll(async () => {
  for (const end of ends) end();
  await node?.stop();
});

it('everything that a page does shares one connection of HTTP/2', async () => {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu'],
  });
  try {
    const tab = await browser.newPage({ ignoreHTTPSErrors: true });
    const failed = new Promise<never>((_, reject) => tab.on('pageerror', reject));
    await tab.goto(`https://localhost:${port}/`);
    await Promise.race([tab.waitForFunction(() => document.title !== '', undefined, { timeout: 0 }), failed]);
    expect(JSON.parse(await tab.title())).toEqual({
      doubles: 38,
      counted: [1, 2, 3],
      size: 100_000,
      live: ['hello'],
      protocols: ['h2'],
    });
    expect(sessions).toBe(1);
  } finally {
    await browser.close();
  }
});
