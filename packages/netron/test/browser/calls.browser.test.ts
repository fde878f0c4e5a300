import { describe, expect, it, vi } from 'vitest';
import { allParts, connect } from '../../src/client.js';
import { defineService, Netron } from '../../src/index.js';
import type { Connection } from '../../src/transport/transport.js';
import { OutOfStock } from './out-of-stock.js';
import { failure, server, visit } from './page.js';
import type { Accounts, Calculator, Line, Page } from './services.js';

describe('a page and a server in Node', () => {
  it('E1: accepts pages of allowed origins only', async () => {
    for (const origins of [undefined, [], ['https://elsewhere.example']]) {
      const address = await server(origins);
      await using netron = await Netron.create();
      expect(await failure(netron.connect(address))).toMatchObject({ code: 'unavailable' });
    }
    await using here = await visit();
    expect(here.peer.state).toBe('ready');
  });

  it('calls methods, also concurrently', async () => {
    await using page = await visit();
    const calculator = await page.peer.queryInterface<Calculator>('calculator@^1.0.0');
    expect(await calculator.add(2, 3)).toBe(5);
    const sums = await Promise.all(Array.from({ length: 1_000 }, (_, number) => calculator.add(number, 1)));
    expect(sums).toEqual(Array.from({ length: 1_000 }, (_, number) => number + 1));
  });

  it('SR-02: values arrive unchanged in both directions', async () => {
    await using page = await visit();
    const calculator = await page.peer.queryInterface<Calculator>('calculator');
    const value = {
      date: new Date('2026-02-03T04:05:06.789Z'),
      map: new Map<unknown, unknown>([['a', new Set([1, undefined])]]),
      big: 2n ** 100n,
      floats: new Float64Array([0.5, Number.NaN, -0]),
      url: new URL('https://example.com/?q=1'),
      text: 'ünï ☃ 😀'.repeat(40),
    };
    expect(await calculator.same(value)).toEqual(value);
    const seen = await Promise.all([value.date, value.map, value.floats].map((part) => calculator.named(part)));
    expect(seen.map(([name]) => name)).toEqual(['[object Date]', '[object Map]', '[object Float64Array]']);
  });

  it('errors of registered classes arrive as instances with their fields; other errors arrive with name and message, without stack', async () => {
    await using page = await visit();
    const calculator = await page.peer.queryInterface<Calculator>('calculator');
    const problem = (await failure(calculator.buy('tea', 4))) as OutOfStock;
    expect(problem).toBeInstanceOf(OutOfStock);
    expect(problem).toMatchObject({ message: 'only 3 of tea left', item: 'tea', left: 3 });
    const other = await failure(calculator.fail());
    expect(other).toMatchObject({ name: 'RangeError', message: 'out of range' });
    expect(other.stack).not.toContain('services.ts');
  });

  it('a chain of calls is sent in one message', async () => {
    await using page = await visit();
    const accounts = await page.peer.queryInterface<Accounts>('accounts');
    const sent = vi.spyOn(page.peer.link?.connection as Connection, 'send');
    expect(await accounts.auth('ann').profile().avatar()).toEqual({ of: 'ann' });
    // The second message gives the session and the profile back.
    expect(sent.mock.calls.length).toBeLessThanOrEqual(2);
  });

  it('the server calls functions of the page, also after the call', async () => {
    await using page = await visit();
    const line = await page.peer.queryInterface<Line>('connection');
    await line.remember(async (text: string) => `${document.location.protocol} ${text}`);
    expect(await line.remind('now')).toEqual([`${location.protocol} now`]);
  });

  it('the server calls a service of the page', async () => {
    await using page = await visit();
    document.title = 'the page';
    const service = defineService({
      name: 'page@1.0.0',
      methods: {
        title: () => document.title,
        async *double(numbers: AsyncIterable<number>) {
          for await (const number of numbers) yield number * 2;
        },
      },
    });
    await page.netron.peer.exposeService(service satisfies Page);
    const line = await page.peer.queryInterface<Line>('connection');
    expect(await line.callPage()).toEqual({ title: 'the page', doubled: [2, 4, 6] });
  });

  it('events of the server and of its services reach the page', async () => {
    await using page = await visit();
    const line = await page.peer.queryInterface<Line>('connection');
    const accounts = await page.peer.queryInterface<Accounts>('accounts');
    const heard = new Promise((resolve) => void page.peer.subscribe('news:*', resolve).then(() => line.publish('news:local', 1)));
    expect(await heard).toBe(1);
    const signedIn = new Promise((resolve) => void accounts.on('signed:in', resolve).then(() => accounts.auth('bob')));
    expect(await signedIn).toBe('bob');
    expect(await failure(page.peer.subscribe('other', () => {}))).toMatchObject({ code: 'permission_denied' });
  });

  it('41: peer, proxies and subscriptions survive a socket that the server dropped', async () => {
    await using page = await visit();
    const line = await page.peer.queryInterface<Line>('connection');
    const calculator = await page.peer.queryInterface<Calculator>('calculator');
    const heard: unknown[] = [];
    await page.peer.subscribe('news:*', (data) => heard.push(data));
    for (let round = 1; round <= 3; round += 1) {
      const lost = new Promise((resolve) => page.peer.once('disconnected', resolve));
      const back = new Promise((resolve) => page.peer.once('connected', resolve));
      await line.drop();
      await lost;
      // Waits for the connection to be there again.
      expect(await calculator.add(round, 1)).toBe(round + 1);
      await back;
      await line.publish('news:round', round);
      await calculator.add(0, 0);
      expect(heard).toHaveLength(round);
    }
    expect(heard).toEqual([1, 2, 3]);
    expect([...page.netron.peers.values()]).toEqual([page.peer]);
  });

  it('the client entry connects a page without a node', async () => {
    await using peer = await connect(await server([location.origin]), { with: allParts() });
    const line = await peer.queryInterface<Line>('connection');
    await line.remember(async (text: string) => `client ${text}`);
    expect(await line.remind('called')).toEqual(['client called']);
    const accounts = await peer.queryInterface<Accounts>('accounts');
    expect(await accounts.auth('eve').profile().avatar()).toEqual({ of: 'eve' });
  });
});
