/** A Consul with wrong answers, such as those of an impostor: a server of the tests, on virtual time. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { VirtualClock } from '@omnitron-dev/netron/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { discover, longTtl, stopAll } from '../../netron/test/contract/discovering.js';
import { survivesHostileAnswers } from '../../netron/test/contract/hostile-answers.js';
import { type ConsulOptions, consulDiscovery } from '../src/index.js';
import { ConsulServer } from './consul-server.js';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function consulServer(): Promise<ConsulServer> {
  const consul = await new ConsulServer().start();
  ends.push(() => consul.stop());
  return consul;
}

const record = (id: string, more: object = {}) =>
  JSON.stringify({ id, instance: `run of ${id}`, status: 'up', addresses: ['tcp://10.0.0.1:1'], ...more });

/** A node that queries, whose time advances when the test allows it: no request fails because its answer takes long. */
async function asking(options: ConsulOptions) {
  const clock = new VirtualClock();
  const node = await discover('asking', { backend: consulDiscovery(options), interval: 600_000, ttl: longTtl }, { clock });
  ends.push(stopAll);
  const { discovery } = node;
  return {
    ...node,
    clock,
    /** Queries once; returns the ids of all nodes known then. */
    async ask(): Promise<string[]> {
      await discovery.findAllServices({ name: 'x', fresh: true });
      return (await discovery.getActiveNodes()).map(({ id }) => id).sort();
    },
  };
}

describe('a hostile Consul', () => {
  it('whatever it answers, the node is degraded and reports why, keeps its known nodes, and recovers with Consul', async () => {
    const consul = await consulServer();
    const led: string[] = [];
    const elsewhere = createServer((request, response) => {
      led.push(String(request.url));
      response.end('[]');
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    ends.push(() => new Promise((resolve) => elsewhere.close(resolve)));
    consul.register('netron-default', 'known', { 'netron-0': record('known') });
    const node = await asking({ url: consul.url, token: 'secret' });
    expect(await node.ask()).toEqual(['asking', 'known']);
    const url = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
    await survivesHostileAnswers(url, consul, node, ['asking', 'known']);
    expect(led).toEqual([]);
  });

  it('entries of any shape, names and ids are left out and counted, or are nodes of that id', async () => {
    const consul = await consulServer();
    const ids = ['../../v1/kv', 'a b?c=d#e', 'ключ 東京 🚀', '__proto__', 'constructor'];
    for (const id of ids) consul.register('netron-default', `entry of ${id}`, { 'netron-0': record(id) });
    const strange: readonly (readonly [string, unknown])[] = [
      ['no meta', null],
      ['text', 'text'],
      ['no text', { 'netron-0': 7 }],
      ['no JSON', { 'netron-0': '{' }],
      ['null', { 'netron-0': 'null' }],
      ['no object', { 'netron-0': '[1]' }],
      ['long', { 'netron-0': `${' '.repeat(2 ** 20)}{}` }],
      ['long id', { 'netron-0': record('x'.repeat(1_000)) }],
      ['foreign scheme', { 'netron-0': record('gopher', { addresses: ['gopher://10.0.0.1:1'] }) }],
      ['metadata service', { 'netron-0': record('metadata', { addresses: ['tcp://169.254.169.254:80'] }) }],
    ];
    for (const [id, meta] of strange) consul.register('netron-default', id, meta);
    const { discovery } = await asking({ url: consul.url });
    expect((await discovery.getActiveNodes()).map(({ id }) => id).sort()).toEqual([...ids, 'asking'].sort());
    expect(discovery.backends[0]?.refused).toBe(strange.length);
  });

  it('a list of any values is read as far as it has entries', async () => {
    const consul = await consulServer();
    const node = await asking({ url: consul.url });
    const entry = (fields: object) => ({ Service: { ID: 'e', Meta: { 'netron-0': record('odd') }, ...fields } });
    for (const CreateIndex of [-1, 1e308, 'x', null, {}, undefined]) {
      consul.answer = JSON.stringify([null, 1, 'x', [], {}, { Service: 7 }, { Service: { ID: 7 } }, entry({ CreateIndex })]);
      expect(await node.ask()).toEqual(['asking', 'odd']);
    }
    expect(node.discovery.state).toBe('ready');
  });

  it('an index that keeps going back removes no node and causes no storm of requests', async () => {
    const consul = await consulServer();
    consul.register('netron-default', 'known', { 'netron-0': record('known') });
    const node = await asking({ url: consul.url });
    const before = consul.queries;
    for (let turn = 0; turn < 20; turn += 1) {
      consul.indexText = String(turn % 2 === 0 ? 1_000 : 1);
      consul.touch();
      await node.clock.advance(500);
    }
    // At most five queries in a second.
    expect(consul.queries - before).toBeLessThanOrEqual(51);
    consul.indexText = undefined;
    expect(await node.ask()).toEqual(['asking', 'known']);
  });

  it('a token is requested before each request: it may change while the node runs', async () => {
    const consul = await consulServer();
    consul.token = 'first';
    let token = 'first';
    const node = await asking({ url: consul.url, token: () => token });
    consul.token = 'second';
    await node.ask();
    expect(node.discovery.backends[0]?.error?.message).toContain('Permission denied');
    token = 'second';
    await node.ask();
    expect(node.discovery.state).toBe('ready');
    token = 'no\nheader';
    await node.ask();
    expect(node.discovery.backends[0]?.error?.message).toBe('consulDiscovery: token must consist of visible ASCII characters');
    // Files end with a newline.
    token = 'second\n';
    await node.ask();
    expect(node.discovery.state).toBe('ready');
  });

  it('refuses an address of another protocol and invalid times', () => {
    expect(() => consulDiscovery('ftp://consul')).toThrow('url must start with consul:, http: or https:, not ftp:');
    expect(() => consulDiscovery('consul')).toThrow(TypeError);
    for (const timeout of [0, -1, Number.NaN, Infinity]) expect(() => consulDiscovery({ timeout })).toThrow(RangeError);
  });
});
