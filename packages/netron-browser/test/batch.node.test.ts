import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  Cache,
  defineService,
  getCallContext,
  Invalidates,
  idempotency,
  Netron,
  NotFoundError,
  withAnnotations,
} from '@omnitron-dev/netron';
import { httpHandler } from '@omnitron-dev/netron/http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HttpRemotePeer } from '../src/index.js';
import { eventually } from './eventually.js';

const ran: string[] = [];
let release = () => {};
const shop = defineService({
  name: 'shop@1.0.0',
  methods: {
    price: withAnnotations(
      (item: string) => {
        ran.push(`price ${item}`);
        if (item === 'none') throw new NotFoundError('no such item');
        return { item, at: new Date(0) };
      },
      Cache({ ttl: 60, tags: ['prices'] }),
    ),
    buy: withAnnotations(
      (item: string) => {
        ran.push(`buy ${item}`);
        return item;
      },
      Invalidates(['prices']),
    ),
    held: () =>
      new Promise<string>((resolve, reject) => {
        release = () => resolve('released');
        getCallContext().signal.addEventListener('abort', () => {
          ran.push('aborted');
          reject(new Error('left'));
        });
      }),
    whoami: () => String(getCallContext().user),
  },
});
type Shop = typeof shop;

let node: Netron;
let url: string;
let close: () => Promise<void>;
const requests: string[] = [];
beforeEach(async () => {
  ran.length = 0;
  requests.length = 0;
  node = await Netron.create({ logLevel: 'error', authenticate: (token) => token, middleware: { incoming: [idempotency()] } });
  await node.peer.exposeService(shop);
  const handler = httpHandler(node, { maxBatch: 50 });
  const server = createServer((request, response) => {
    requests.push(request.url!.replace('/netron/', '').replace(/\?.*/, ''));
    void handler.node(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await node.stop();
  };
});
afterEach(() => close());

describe('calls made in one turn of the event loop', () => {
  it('are sent as one request, each with its own value, error, tags and cache entry', async () => {
    await using peer = new HttpRemotePeer(url, { batch: true });
    const service = await peer.queryFluentInterface<Shop>('shop');
    const results = await Promise.allSettled([
      service.price('apple'),
      service.price('none'),
      service.buy('pear'),
      service.price('apple'),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect((results[0] as PromiseFulfilledResult<{ at: Date }>).value.at).toEqual(new Date(0));
    expect((results[1] as PromiseRejectedResult).reason).toBeInstanceOf(NotFoundError);
    expect(requests).toEqual(['$services/shop', '$batch']);
    expect(ran.toSorted()).toEqual(['buy pear', 'price apple', 'price none']);
  });

  it('a single call is an ordinary request', async () => {
    await using peer = new HttpRemotePeer(url, { batch: true });
    const service = await peer.queryInterface<Shop>('shop');
    await service.price('apple');
    expect(requests).toEqual(['$services/shop', 'shop/price']);
  });

  it('answers do not wait for each other; canceling one call leaves the others running', async () => {
    await using peer = new HttpRemotePeer(url, { batch: true });
    const service = await peer.queryFluentInterface<Shop>('shop');
    const controller = new AbortController();
    const held = service.signal(controller.signal).held();
    const other = service.held();
    const price = service.price('apple');
    expect((await price).item).toBe('apple');
    controller.abort();
    await expect(held).rejects.toMatchObject({ code: 'canceled' });
    release();
    expect(await other).toBe('released');
    await eventually(() => expect(ran).toContain('aborted'));
    expect(requests.slice(1).toSorted()).toEqual(['$batch', '$cancel']);
  });

  it('calls with other credentials, and calls beyond the batch size, are sent in separate requests', async () => {
    let token = 'ada';
    await using peer = new HttpRemotePeer(url, { batch: 20, token: () => token });
    const service = await peer.queryInterface<Shop>('shop');
    const mine = [service.whoami(), service.whoami()];
    token = 'grace';
    expect(await Promise.all([...mine, service.whoami(), service.whoami()])).toEqual(['ada', 'ada', 'grace', 'grace']);
    requests.length = 0;
    await Promise.all(Array.from({ length: 45 }, (_, n) => service.price(`p${n}`)));
    expect(requests).toEqual(['$batch', '$batch', '$batch']);
  });

  it('idempotency keys are sent, so that a retry after a lost connection has one effect', async () => {
    let losses = 1;
    await using peer = new HttpRemotePeer(url, {
      batch: true,
      retry: { attempts: 2, initialDelay: 1 },
      fetch: async (target, init) => {
        const response = await fetch(target, init);
        if (!target.endsWith('$batch') || losses-- <= 0) return response;
        await response.text();
        throw new TypeError('the answer was lost');
      },
    });
    const service = await peer.queryInterface<Shop>('shop');
    expect(await Promise.all([service.buy('a'), service.buy('b')])).toEqual(['a', 'b']);
    expect(ran).toEqual(['buy a', 'buy b']);
  });

  it('a batch that the server refuses fails each call with outcome not_run', async () => {
    await using peer = new HttpRemotePeer(url, { batch: 100 });
    const service = await peer.queryInterface<Shop>('shop');
    const results = await Promise.allSettled(Array.from({ length: 60 }, (_, n) => service.price(`p${n}`)));
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
    expect((results[0] as PromiseRejectedResult).reason).toMatchObject({ code: 'resource_exhausted', outcome: 'not_run' });
    expect(ran).toEqual([]);
  });
});
