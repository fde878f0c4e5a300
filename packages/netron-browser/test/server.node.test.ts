import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  defineService,
  getCallContext,
  Idempotent,
  Netron,
  NetronError,
  NotFoundError,
  type RequestContext,
  Safe,
  withAnnotations,
} from '@omnitron-dev/netron';
import { Cache, httpHandler, Invalidates } from '@omnitron-dev/netron/http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpRemotePeer } from '../src/index.js';

class StockError extends Error {
  override readonly name = 'StockError';
  readonly code = 'SOLD_OUT';
  constructor(
    readonly item: string,
    readonly until: Date,
  ) {
    super(`${item} is sold out`);
  }
}

let runs = 0;
const stock = new Map([['apple', { count: 3, since: new Date(0), tags: new Set(['fruit']), big: 2n ** 70n }]]);

const shop = defineService({
  name: 'shop@1.2.0',
  methods: {
    find: withAnnotations(
      (item: string) => {
        runs += 1;
        const found = stock.get(item);
        if (found === undefined) throw new NotFoundError(`no ${item}`);
        return { ...found };
      },
      Cache({ ttl: 60, tags: ['stock'] }),
    ),
    list: withAnnotations(() => [...stock.keys()], Safe()),
    take: withAnnotations(
      (item: string, count: number): number => {
        const found = stock.get(item);
        if (found === undefined || found.count < count) throw new StockError(item, new Date(7));
        found.count -= count;
        return found.count;
      },
      Invalidates(['stock']),
    ),
    echo: withAnnotations((...values: unknown[]) => values, Idempotent()),
    whoami: withAnnotations(() => String(getCallContext().user), Safe()),
    slow: () =>
      new Promise<void>((_, reject) =>
        getCallContext().signal.addEventListener('abort', () => reject(new NetronError('canceled', 'left'))),
      ),
  },
  properties: { version: '1.2.0' },
});

const ended: string[] = [];
const feed = defineService({
  name: 'feed',
  methods: {
    async *count(to: number) {
      for (let n = 1; n <= to; n++) yield { n, at: new Date(n) };
    },
    async *broken() {
      yield 1;
      throw new NotFoundError('no more');
    },
    async *waiting(context?: RequestContext) {
      const signal = context?.signal;
      try {
        yield 1;
        await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
      } finally {
        ended.push('waiting');
      }
    },
  },
  context: { waiting: 0 },
});
type Shop = typeof shop;

let node: Netron;
let url: string;
let close: () => Promise<void>;

beforeAll(async () => {
  node = await Netron.create({
    logLevel: 'error',
    errors: [StockError],
    authenticate: (token) => {
      if (token === 'expired') throw new Error('expired');
      return token;
    },
  });
  await node.peer.exposeService(shop);
  await node.peer.exposeService(feed);
  const handler = httpHandler(node);
  const server = createServer((request, response) => void handler.node(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await node.stop();
  };
});
afterAll(() => close());

describe('a peer of a real server', () => {
  it('behaviour 83: sends and returns every kind of value', async () => {
    await using peer = new HttpRemotePeer(url);
    const service = await peer.queryInterface<Shop>('shop@^1.0.0');
    expect(await service.find('apple')).toEqual(stock.get('apple'));
    const values = [
      1n,
      new Date(5),
      new Map([['a', new Set([undefined, -0])]]),
      Uint8Array.of(1, 2),
      new URL('https://a.example/'),
      [Number.NaN],
    ];
    expect(await service.echo(...values)).toEqual(values);
    expect(await service.version).toBe('1.2.0');
  });

  it('accepts and sends arrays of the same length as connections', async () => {
    await using peer = new HttpRemotePeer(url);
    const service = await peer.queryInterface<Shop>('shop@^1.0.0');
    const rows = Array.from({ length: 30_000 }, (_, id) => ({ id, name: 'x', tags: [] }));
    expect(await service.echo(rows)).toEqual([rows]);
  });

  it('receives errors as instances of their classes', async () => {
    await using peer = new HttpRemotePeer(url).registerError(StockError);
    const service = await peer.queryInterface<Shop>('shop');
    const failed = await service.take('apple', 100).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(StockError);
    expect(failed).toMatchObject({ code: 'SOLD_OUT', item: 'apple', until: new Date(7) });
    await expect(service.find('pear')).rejects.toBeInstanceOf(NotFoundError);
    await expect(peer.queryInterface('nothing')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('caches values that the service declares cacheable, until a change invalidates them', async () => {
    await using peer = new HttpRemotePeer(url);
    const service = await peer.queryFluentInterface<Shop>('shop');
    const before = runs;
    const first = await service.find('apple');
    expect(await service.find('apple')).toBe(first);
    expect(runs - before).toBe(1);
    const query = peer.watch<Shop, 'find'>('shop', 'find', ['apple']);
    const changed = new Promise<void>((resolve) => {
      query.subscribe(() => {
        if (query.data?.count === first.count - 1) resolve();
      });
    });
    await service.take('apple', 1);
    await changed;
    expect(query.data?.since).toBe(first.since);
  });

  it('revalidates by ETag, and keeps the identical object when nothing changed', async () => {
    await using peer = new HttpRemotePeer(url);
    const service = await peer.queryFluentInterface<Shop>('shop');
    const first = await service.cache(0).list();
    expect(await service.cache(0).list()).toBe(first);
  });

  it('renews a token that has expired', async () => {
    await using peer = new HttpRemotePeer(url, { token: 'expired', refresh: async () => 'ada' });
    // The description is requested with the same credentials.
    const service = await peer.queryInterface<Shop>('shop');
    expect(await service.whoami()).toBe('ada');
  });

  it('cancels the method by its signal and by its timeout', async () => {
    await using peer = new HttpRemotePeer(url);
    const service = await peer.queryFluentInterface<Shop>('shop');
    await expect(service.timeout(30).slow()).rejects.toMatchObject({ code: 'deadline_exceeded' });
    const controller = new AbortController();
    const slow = service.signal(controller.signal).slow();
    controller.abort();
    await expect(slow).rejects.toMatchObject({ code: 'canceled' });
  });

  it('reports the path of a value that cannot be serialized, and sends nothing', async () => {
    await using peer = new HttpRemotePeer(url);
    const service = await peer.queryInterface<Shop>('shop');
    await expect(service.echo({ on: () => {} })).rejects.toThrow('argument [0].on is a function, which requires a connection');
  });

  it('reads streams item by item; an error comes after the items before it', async () => {
    await using peer = new HttpRemotePeer(url);
    const service = await peer.queryInterface<typeof feed>('feed');
    const items: unknown[] = [];
    for await (const item of service.count(3)) items.push(item);
    expect(items).toEqual([1, 2, 3].map((n) => ({ n, at: new Date(n) })));
    const seen: unknown[] = [];
    const failed = (async () => {
      for await (const item of service.broken()) seen.push(item);
    })();
    await expect(failed).rejects.toBeInstanceOf(NotFoundError);
    expect(seen).toEqual([1]);
  });

  it('behaviour 61: leaving a stream ends it at the server, also while it waits for an item', async () => {
    await using peer = new HttpRemotePeer(url);
    const service = await peer.queryInterface<typeof feed>('feed');
    const stream = await service.waiting();
    expect(await stream.next()).toEqual({ done: false, value: 1 });
    const pending = stream.next();
    await stream.return();
    expect(await pending).toEqual({ done: true, value: undefined });
    while (ended.length === 0) await new Promise((resolve) => setImmediate(resolve));
  });
});
