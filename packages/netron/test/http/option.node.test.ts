import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { httpHandler } from '../../src/http/index.js';
import { defineService, idempotency, Netron, Public, Service } from '../../src/index.js';
import { Raw } from '../transport/raw.js';

let paid = 0;

@Service('shop@1.0.0')
class Shop {
  @Public({ cache: { ttl: 60, tags: ['prices'] } })
  price(item: string) {
    return `${item}: 25`;
  }

  @Public({ invalidates: ['prices'] })
  pay(amount: number) {
    paid += amount;
    return paid;
  }

  @Public({ transport: 'websocket' })
  live() {
    return 'over a connection';
  }

  @Public({ transport: ['http'] })
  web() {
    return 'over HTTP';
  }
}

describe('the option http', () => {
  it('serves HTTP on the port of the WebSocket connections', async () => {
    const node = await Netron.create({ http: true, listenPort: 0, logLevel: 'error' });
    await node.peer.exposeService(new Shop());
    const url = `http://127.0.0.1:${node.listenPort}`;
    const price = await fetch(`${url}/netron/shop/price?args=["apple"]`);
    expect([await price.json(), price.headers.get('cache-control'), price.headers.get('netron-tags')]).toEqual([
      'apple: 25',
      'private, max-age=60',
      expect.stringMatching(/^prices~/),
    ]);
    const client = await Netron.create({ logLevel: 'error' });
    const peer = await client.connect(`ws://127.0.0.1:${node.listenPort}`);
    expect(await (await peer.queryInterface<Shop>('shop')).price('pear')).toBe('pear: 25');
    expect((await fetch(`${url}/elsewhere`)).status).toBe(404);
    await client.stop();
    await node.stop();
  });

  it('ignores an Upgrade header for an unknown protocol', async () => {
    await using node = await Netron.create({ http: true, listenPort: 0, logLevel: 'error' });
    await node.peer.exposeService(defineService({ name: 'texts@1.0.0', methods: { echo: (text: string) => text } }));
    const answerTo = async (connection: string, more: string[], first: string, body: string) => {
      const raw = new Raw(node.listenPort!);
      const lines = [`${first} HTTP/1.1`, 'Host: a', `Connection: ${connection}`, ...more];
      await raw.write(
        `${[...lines, `Content-Length: ${Buffer.byteLength(body)}`, 'Content-Type: application/json'].join('\r\n')}\r\n\r\n`,
      );
      await raw.write(body);
      await raw.closed;
      return raw.received.toString().replace(/Date: .*/, '');
    };
    // As `curl --http2` and clients of Java write it, whose port has to stay usable.
    const offer = ['Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA'];
    for (const [first, body] of [
      ['POST /netron/texts/echo', '["für alle"]'],
      ['POST /netron/texts/echo', JSON.stringify(['x'.repeat(200_000)])],
      ['GET /netron/$services/texts', ''],
      ['POST /netron/texts/none', '[]'],
    ] as const) {
      const answer = await answerTo('Upgrade, HTTP2-Settings, close', offer, first, body);
      expect(answer).toBe(await answerTo('close', [], first, body));
    }
    const answer = await answerTo('Upgrade, HTTP2-Settings, close', offer, 'POST /netron/texts/echo', '["a"]');
    expect([answer.slice(0, 12), answer.slice(-3)]).toEqual(['HTTP/1.1 200', '"a"']);
  });

  it('A15: an upgrade request with more headers than Node reads runs nothing', async () => {
    let ran = 0;
    await using node = await Netron.create({ http: true, listenPort: 0, logLevel: 'error' });
    await node.peer.exposeService(defineService({ name: 'shop@1.0.0', methods: { buy: () => ++ran } }));
    const raw = new Raw(node.listenPort!);
    const offer =
      'Host: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAM\r\nContent-Length: 0\r\n';
    await raw.write(
      `POST /netron/shop/buy HTTP/1.1\r\n${offer}${'Connection: a\r\n'.repeat(60)}${'a:\r\n'.repeat(1_100)}Origin: https://evil.example\r\n\r\n`,
    );
    await raw.closed;
    // Later versions of Node refuse it themselves.
    expect([raw.received.toString().slice(0, 12), ran]).toEqual([expect.stringMatching(/^HTTP\/1\.1 4(00|31)$/), 0]);
  });

  it.each([
    ['without a Host header', ''],
    ['with two Host headers and an unknown Expect header', 'Host: a\r\nHost: b\r\nExpect: more\r\n'],
  ])('A15: runs nothing that follows a request %s', async (_, lines) => {
    let ran = 0;
    await using node = await Netron.create({ http: true, listenPort: 0, logLevel: 'error' });
    await node.peer.exposeService(defineService({ name: 'shop@1.0.0', methods: { buy: () => ++ran } }));
    const buy = (host: string) => `POST /netron/shop/buy HTTP/1.1\r\n${host}Content-Length: 0\r\n\r\n`;
    const raw = new Raw(node.listenPort!);
    await raw.write(buy(lines) + buy('Host: a\r\n').repeat(40));
    await raw.closed;
    expect([raw.received.toString().slice(0, 12), ran]).toEqual(['HTTP/1.1 400', 0]);
  });

  it.each([
    [undefined, 16_777_216],
    [2_000_000, 2_000_000],
  ])('limits.message limits the size of bodies: %s', async (message, most) => {
    await using node = await Netron.create({
      http: true,
      listenPort: 0,
      logLevel: 'error',
      ...(message && { limits: { message } }),
    });
    await node.peer.exposeService(defineService({ name: 'texts', methods: { length: (text: string) => text.length } }));
    const ask = (bytes: number) =>
      fetch(`http://127.0.0.1:${node.listenPort}/netron/texts/length`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: `["${'x'.repeat(bytes - 4)}"]`,
      });
    const within = await ask(most);
    expect([within.status, await within.json()]).toEqual([200, most - 4]);
    // Announced to be too long, it is refused before it is sent.
    const announced = connect(node.listenPort as number);
    announced.write(
      `POST /netron/texts/length HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${most + 1}\r\n\r\n`,
    );
    const [head] = (await once(announced, 'data')) as [Buffer];
    expect(head.toString()).toMatch(/^HTTP\/1.1 413 /);
    announced.destroy();
  });

  it('SV-05: a member with allowed transports can be called over those and within the process only', async () => {
    const node = await Netron.create({ http: true, listenPort: 0, logLevel: 'error' });
    await node.peer.exposeService(new Shop());
    const client = await Netron.create({ logLevel: 'error' });
    const peer = await client.connect(`ws://127.0.0.1:${node.listenPort}`);
    const remote = await peer.queryInterface<Shop>('shop');
    expect(await remote.live()).toBe('over a connection');
    await expect(remote.web()).rejects.toMatchObject({ code: 'permission_denied' });
    const post = (method: string) => fetch(`http://127.0.0.1:${node.listenPort}/netron/shop/${method}`, { method: 'POST' });
    expect(await (await post('web')).json()).toBe('over HTTP');
    const refused = await post('live');
    expect([refused.status, await refused.json()]).toMatchObject([403, { outcome: 'not_run' }]);
    const local = await node.peer.queryInterface<Shop>('shop');
    expect([await local.live(), await local.web()]).toEqual(['over a connection', 'over HTTP']);
    await client.stop();
    await node.stop();
  });

  it('SV-09: is the same as transports.http, with its own path and port', async () => {
    const node = await Netron.create({ transports: { http: { port: 0, path: '/api' } }, logLevel: 'error' });
    await node.peer.exposeService(new Shop());
    const answer = await fetch(`http://127.0.0.1:${node.listenPort}/api/shop/price?args=["fig"]`);
    expect(await answer.json()).toBe('fig: 25');
    expect((await fetch(`http://127.0.0.1:${node.listenPort}/netron/shop/price`)).status).toBe(404);
    await node.stop();
  });

  it('refuses contradictory options', async () => {
    await expect(Netron.create({ http: true })).rejects.toThrow('http requires a port');
    await expect(Netron.create({ http: true, transports: { http: { port: 0 } } })).rejects.toThrow(
      'http and transports.http cannot be combined',
    );
    await expect(Netron.create({ http: { port: 0, path: 'api' } })).rejects.toThrow("http.path must start with '/'");
    await expect(Netron.create({ http: { port: 0, cors: { origins: ['https://a.example/x'] } } })).rejects.toThrow(
      'invalid origin',
    );
    await expect(Netron.create({ http: { port: 0, headers: ['x-app', 'X App'] } })).rejects.toThrow(
      "http.headers: invalid header name 'X App'",
    );
  });

  it('behaviour 8: the time limits of slow clients cannot be turned off', async () => {
    const node = await Netron.create({ logLevel: 'error' });
    for (const idleTimeout of [0, -1, Number.NaN]) {
      const text = `http.idleTimeout must be a positive number, not ${idleTimeout}`;
      expect(() => httpHandler(node, { idleTimeout })).toThrow(text);
      await expect(Netron.create({ http: { port: 0, idleTimeout } })).rejects.toThrow(text);
    }
    await node.stop();
  });

  it('F2: a call with an idempotency key that is sent twenty times at once runs once', async () => {
    const node = await Netron.create({ http: true, listenPort: 0, logLevel: 'error', middleware: { incoming: [idempotency()] } });
    await node.peer.exposeService(new Shop());
    const before = paid;
    const pay = () =>
      fetch(`http://127.0.0.1:${node.listenPort}/netron/shop/pay`, {
        method: 'POST',
        body: '[5]',
        headers: { 'content-type': 'application/json', 'idempotency-key': 'k1' },
      });
    const answers = await Promise.all(Array.from({ length: 20 }, async () => (await pay()).json()));
    expect(new Set(answers)).toEqual(new Set([before + 5]));
    const described = await (await fetch(`http://127.0.0.1:${node.listenPort}/netron/$services/shop`)).json();
    expect(described.members.find(({ name }: { name: string }) => name === 'pay').idempotencyWindow).toBe(120_000);
    await node.stop();
  });

  it('is the only way by which the package loads the code for HTTP', async () => {
    const root = new URL('../../src/', import.meta.url).pathname;
    const options = { bundle: true, write: false, metafile: true, platform: 'node', packages: 'external' } as const;
    const { metafile } = await build({
      ...options,
      ...{ entryPoints: [`${root}index.ts`], format: 'esm', splitting: true, outdir: 'out' },
      ...{ absWorkingDir: root, conditions: ['@omnitron-dev/source'], logLevel: 'error' },
    });
    /** Files that are loaded with one of `from`, without those that are imported when they are needed. */
    const loaded = (from: string, files = new Set<string>()): Set<string> => {
      files.add(from);
      for (const { path, kind, external } of metafile.inputs[from]?.imports ?? [])
        if (kind === 'import-statement' && !external && !files.has(path)) loaded(path, files);
      return files;
    };
    const http = (files: Set<string>) => [...files].filter((file) => file.startsWith('http/'));
    expect(http(loaded('index.ts'))).toEqual([]);
    const needed = metafile.inputs['node/http-option.ts']?.imports.filter(({ kind }) => kind === 'dynamic-import') ?? [];
    expect(needed.map(({ path }) => path)).toEqual(['http/handler.ts']);
    expect(http(loaded('http/handler.ts')).length).toBeGreaterThan(10);
  });

  it('leaves other requests to a server of the program to the program', async () => {
    const server = createServer((request, response) => {
      if (request.url === '/own') response.end('mine');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const node = await Netron.create({ transports: { websocket: { server } }, http: true, logLevel: 'error' });
    expect(await (await fetch(`http://127.0.0.1:${port}/own`)).text()).toBe('mine');
    await node.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});
