/**
 * A page and its node over HTTP/2 with TLS, in Chromium: calls, streams, uploads, refusals of large bodies and live data on one connection.
 */
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Cache, defineService, invalidate, Netron, withAnnotations } from '@omnitron-dev/netron';
import { httpHandler } from '@omnitron-dev/netron/http';
import { build } from 'esbuild';
import { chromium } from 'playwright';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
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

/** The program of the page, which writes its results to the title. */
const program = `
import { HttpRemotePeer } from '@omnitron-dev/netron-browser';
const peer = new HttpRemotePeer(location.origin);
const board = await peer.queryInterface('board');
const doubles = await Promise.all(Array.from({ length: 20 }, (_, n) => board.double(n)));
const counted = [];
for await (const n of board.count(3)) counted.push(n);
const size = await board.size(new Blob([new Uint8Array(100_000)]));
const large = 'x'.repeat(1_000_000);
const refused = await board.write(large).catch(({ code, outcome }) => [code, outcome]);
const { status } = await fetch('/netron/nothing/there', { method: 'POST', body: JSON.stringify([large]), headers: { 'content-type': 'application/json' } });
const query = peer.watch('board', 'list', []);
const shown = new Promise((resolve) => query.subscribe(() => query.data?.length === 1 && resolve(query.data)));
await board.write('hello');
const live = await shown;
const protocols = new Set(performance.getEntriesByType('resource').map(({ nextHopProtocol }) => nextHopProtocol));
document.title = JSON.stringify({ doubles: doubles.at(-1), counted, size, refused, status, live, protocols: [...protocols] });
`;

let node: Netron;
const ports = new Map<boolean, number>();
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
  const handler = httpHandler(node, { maxBody: 65_536 });
  const files: Record<string, { readonly type: string; readonly content: string | Uint8Array }> = {
    '/': {
      type: 'text/html',
      content: '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>',
    },
    '/page.js': { type: 'text/javascript', content: outputFiles[0]!.contents },
  };
  const { cert, key } = makeCertificates().server;
  for (const allowHTTP1 of [true, false]) {
    const server = createSecureServer({ cert, key, allowHTTP1 }, (request, response) => {
      const own = files[request.url];
      if (own !== undefined) response.writeHead(200, { 'content-type': own.type }).end(own.content);
      else void handler.node(request, response);
    });
    server.on('session', (session) => {
      sessions += 1;
      ends.push(() => session.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ports.set(allowHTTP1, (server.address() as AddressInfo).port);
    ends.push(() => server.close());
  }
});
beforeEach(() => {
  texts.length = 0;
  sessions = 0;
});
afterAll(async () => {
  for (const end of ends) end();
  await node?.stop();
});

it.each([true, false])(
  'calls, streams and events of a page share one HTTP/2 connection (server also allows HTTP/1.1: %s)',
  async (allowHTTP1) => {
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--headless', '--no-sandbox', '--disable-gpu'],
    });
    try {
      const tab = await browser.newPage({ ignoreHTTPSErrors: true });
      const failed = new Promise<never>((_, reject) => tab.on('pageerror', reject));
      await tab.goto(`https://localhost:${ports.get(allowHTTP1)}/`);
      await Promise.race([tab.waitForFunction(() => document.title !== '', undefined, { timeout: 0 }), failed]);
      expect(JSON.parse(await tab.title())).toEqual({
        doubles: 38,
        counted: [1, 2, 3],
        size: 100_000,
        refused: ['resource_exhausted', 'not_run'],
        status: 404,
        live: ['hello'],
        protocols: ['h2'],
      });
      expect(sessions).toBe(1);
    } finally {
      await browser.close();
    }
  },
);
