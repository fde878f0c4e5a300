/** Tabs of Chromium and a real server, over HTTP/1.1 and over HTTP/2 with TLS: live data, a frozen tab, reloads, no network. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { Cache, defineService, idempotency, invalidate, Netron, withAnnotations } from '@omnitron-dev/netron';
import { httpHandler, type NodeRequest, type NodeResponse } from '@omnitron-dev/netron/http';
import { build } from 'esbuild';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeCertificates } from '../../netron/test/transport/certificates.js';
import { eventually } from './eventually.js';

/** The program of a tab, whose time advances when the test says so. */
const program = `
import { HttpRemotePeer } from '@omnitron-dev/netron-browser';
import { TestClock } from './clock.js';
const clock = new TestClock();
const streams = { open: 0 };
const peer = new HttpRemotePeer(location.origin, {
  clock,
  queue: true,
  fetch: async (target, init) => {
    if (!target.endsWith('$events')) return fetch(target, init);
    streams.open += 1;
    init.signal.addEventListener('abort', () => (streams.open -= 1));
    return fetch(target, init);
  },
});
const board = await peer.queryFluentInterface('board');
const query = peer.watch('board', 'list', []);
query.subscribe(() => {});
globalThis.tab = { peer, board, query, streams, pass: (ms) => clock.advance(ms) };
document.title = 'ready';
`;

/** State of the program that the test reads. */
interface Tab {
  readonly peer: {
    readonly queue: { readonly size: number };
    queryInterface(name: string): Promise<Record<string, () => Promise<unknown>>>;
  };
  readonly board: { queued(): { write(text: string): Promise<void> }; write(text: string): Promise<void> };
  readonly query: { readonly data: string[] | undefined; readonly paused: boolean };
  readonly streams: { readonly open: number };
  pass(ms: number): Promise<void>;
}
declare const tab: Tab;

let code: Uint8Array;
let browser: Browser;
beforeAll(async () => {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: import.meta.dirname, loader: 'ts' },
    ...{ bundle: true, write: false, format: 'esm', platform: 'browser', conditions: ['@omnitron-dev/source'] },
  });
  code = outputFiles![0]!.contents;
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu'],
  });
});
afterAll(() => browser?.close());

/** A server of texts, with its pages; it counts its event streams and its calls of `write`. */
async function serve(secure: boolean) {
  const texts: string[] = [];
  const state = { streams: 0, writes: 0, held: undefined as (() => void) | undefined, hold: false };
  const board = defineService({
    name: 'board',
    methods: {
      list: withAnnotations(() => [...texts], Cache({ tags: ['texts'] })),
      write: async (text: string) => {
        state.writes += 1;
        texts.push(text);
        invalidate('texts');
        if (state.hold) await new Promise<void>((resolve) => (state.held = resolve));
      },
    },
  });
  const node = await Netron.create({ logLevel: 'error', middleware: { incoming: [idempotency()] } });
  await node.peer.exposeService(board);
  const handler = httpHandler(node);
  const files: Record<string, readonly [string, string | Uint8Array]> = {
    '/': ['text/html', '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/tab.js"></script>'],
    '/tab.js': ['text/javascript', code],
  };
  const answer = (request: NodeRequest & { url: string }, response: NodeResponse) => {
    const own = files[request.url];
    if (own !== undefined) {
      response.writeHead(200, { 'content-type': own[0] } as never);
      return void response.end(own[1]);
    }
    if (request.url.endsWith('$events')) {
      state.streams += 1;
      response.on('close', () => (state.streams -= 1));
    }
    handler.node(request, response);
  };
  const sockets = new Set<Socket>();
  const { cert, key } = makeCertificates().server;
  const server = secure
    ? createSecureServer({ cert, key }, answer as never)
    : createServer((request: IncomingMessage, response: ServerResponse) => answer(request as never, response as never));
  (server as Http2SecureServer).on(secure ? 'secureConnection' : 'connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    state,
    texts,
    url: secure ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    /** Writes as another client. */
    write: (text: string) => node.call('board', 'write', [text]),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await node.stop();
    },
  };
}

describe.each([
  ['HTTP/1.1', false],
  ['HTTP/2 with TLS', true],
])('tabs of Chromium over %s', (_, secure) => {
  let served: Awaited<ReturnType<typeof serve>>;
  let context: BrowserContext;
  let tabs: Page[];
  const open = async () => {
    const page = await context.newPage();
    await page.goto(served.url);
    await page.waitForFunction(() => document.title === 'ready', undefined, { timeout: 0 });
    return page;
  };
  const pass = (pages: readonly Page[], ms: number) =>
    Promise.all(pages.map((page) => page.evaluate((time) => tab.pass(time), ms)));
  /** Advances the time until all of `pages` show the same. */
  const show = (pages: readonly Page[], texts: readonly string[]) =>
    eventually(async () => {
      await pass(pages, 50);
      const shown = await Promise.all(pages.map((page) => page.evaluate(() => tab.query.data)));
      expect(shown).toEqual(pages.map(() => texts));
    });
  const streams = (pages: readonly Page[]) => Promise.all(pages.map((page) => page.evaluate(() => tab.streams.open)));
  /** Opens `count` tabs, one of which has the stream. */
  const start = async (count: number) => {
    tabs = await Promise.all(Array.from({ length: count }, open));
    await show(tabs, []);
    await eventually(async () => {
      await pass(tabs, 50);
      expect(served.state.streams).toBe(1);
    });
  };
  /** Advances the time until one of the tabs has the only stream. */
  const one = (pages: readonly Page[]) =>
    eventually(async () => {
      await pass(pages, 50);
      expect((await streams(pages)).toSorted()).toEqual([...pages.slice(1).map(() => 0), 1]);
    });
  beforeEach(async () => {
    served = await serve(secure);
    context = await browser.newContext({ ignoreHTTPSErrors: true });
  });
  afterEach(async () => {
    await context?.close();
    await served?.close();
  });

  it('six tabs share one stream; a tab that is closed or frozen for an hour is replaced, and the frozen tab catches up', async () => {
    await start(6);
    await served.write('one');
    await show(tabs, ['one']);
    const closed = (await streams(tabs)).indexOf(1);
    await tabs.splice(closed, 1)[0]!.close();
    await served.write('two');
    await show(tabs, ['one', 'two']);
    await one(tabs);

    const [frozen] = tabs.splice((await streams(tabs)).indexOf(1), 1);
    const session = await context.newCDPSession(frozen!);
    await session.send('Page.setWebLifecycleState', { state: 'frozen' });
    await pass(tabs, 3_600_000);
    await served.write('three');
    await show(tabs, ['one', 'two', 'three']);
    await one(tabs);

    await session.send('Page.setWebLifecycleState', { state: 'active' });
    tabs.push(frozen!);
    await pass(tabs, 3_600_000);
    await show(tabs, ['one', 'two', 'three']);
    await one(tabs);
    await eventually(() => expect(served.state.streams).toBe(1));
  });

  it('a change in flight survives a reload, with one effect', async () => {
    await start(2);
    served.state.hold = true;
    await tabs[0]!.evaluate(
      () =>
        void tab.board
          .queued()
          .write('once')
          .catch(() => {}),
    );
    await eventually(() => expect(served.state.held).toBeTypeOf('function'));
    await tabs[0]!.reload();
    await tabs[0]!.waitForFunction(() => document.title === 'ready', undefined, { timeout: 0 });
    served.state.held!();
    await eventually(async () => {
      await pass(tabs, 1_000);
      expect(await tabs[0]!.evaluate(() => tab.peer.queue.size)).toBe(0);
    });
    await show(tabs, ['once']);
    expect(served.state.writes).toBe(1);
  });

  it('changes and reads wait while offline and continue when the network is back', async () => {
    await start(2);
    await context.setOffline(true);
    await tabs[1]!.evaluate(
      () =>
        void tab.board
          .queued()
          .write('later')
          .catch(() => {}),
    );
    await eventually(async () => expect(await tabs[1]!.evaluate(() => tab.peer.queue.size)).toBe(1));
    await served.write('meanwhile');
    await pass(tabs, 1_000);
    expect(served.texts).toEqual(['meanwhile']);
    await context.setOffline(false);
    await eventually(async () => {
      await pass(tabs, 1_000);
      expect(served.texts).toEqual(['meanwhile', 'later']);
    });
    await eventually(async () => {
      await pass(tabs, 15_000);
      const shown = await Promise.all(tabs.map((page) => page.evaluate(() => tab.query.data)));
      expect(shown).toEqual(tabs.map(() => ['meanwhile', 'later']));
    });
    expect(served.state.streams).toBe(1);
  });
});
