/** Faults of Consul, against a server of the tests' own, touch no calls. */
import type { Netron, NetronOptions } from '@omnitron-dev/netron';
import { afterEach, describe, expect, it } from 'vitest';
import { knows, leaves, startNode, state, stopNodes } from '../../netron/test/contract/found-nodes.js';
import { consulDiscovery } from '../src/index.js';
import { ConsulServer } from './consul-server.js';

const servers: ConsulServer[] = [];
afterEach(async () => {
  await stopNodes();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function server(): Promise<ConsulServer> {
  const made = await new ConsulServer().start();
  servers.push(made);
  return made;
}

const node = (url: string, id: string, options: NetronOptions = {}): Promise<Netron> =>
  startNode(id, { backend: consulDiscovery(url), interval: 200 }, options);

describe('Consul', () => {
  it('forgets everything and counts from the beginning: nobody is taken out, all are announced again', async () => {
    const consul = await server();
    const [a, b] = [await node(consul.url, 'a'), await node(consul.url, 'b')];
    await knows(a, 'a', 'b');
    await knows(b, 'a', 'b');
    const left = [leaves(a), leaves(b)];
    consul.reset();
    const c = await node(consul.url, 'c');
    for (const each of [a, b, c]) await knows(each, 'a', 'b', 'c');
    expect(left).toEqual([[], []]);
    await c.stop({ timeout: 0 });
    await knows(a, 'a', 'b');
  });

  it('answers nobody, or with errors: nodes stay, and stopping does not wait for it', async () => {
    const consul = await server();
    const [a, b] = [await node(consul.url, 'a'), await node(consul.url, 'b')];
    await knows(a, 'a', 'b');
    const left = leaves(a);
    consul.failure = 500;
    await state(a, 'degraded');
    expect(a.discovery.backends[0]?.error?.message).toContain('500');
    consul.failure = undefined;
    await state(a, 'ready');
    consul.silent = true;
    await state(a, 'degraded');
    await b.stop({ timeout: 0 });
    expect(left).toEqual([]);
    consul.silent = false;
    await state(a, 'ready');
    await knows(a, 'a');
  });

  it('lists a node that died until its check expires', async () => {
    const consul = await server();
    const a = await node(consul.url, 'a');
    const record = { id: 'dead', instance: 'i', status: 'up', addresses: ['tcp://10.0.0.1:1'] };
    consul.register('netron-default', 'dead', { 'netron-0': JSON.stringify(record) }, 300);
    await knows(a, 'a', 'dead');
    await knows(a, 'a');
  });

  it('is asked seldom although its index grows all the time', async () => {
    const consul = await server();
    const a = await node(consul.url, 'a');
    await knows(a, 'a');
    const before = consul.queries;
    for (let times = 0; times < 200; times += 1) {
      consul.touch();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(consul.queries - before).toBeLessThan(20);
  });

  it('wants a token: with a wrong one the node runs, degraded, and says why; with `required` it does not', async () => {
    const consul = await server();
    consul.token = 'secret';
    const url = (token: string) => consul.url.replace('consul://', `consul://${token}@`);
    expect((await node(url('secret'), 'right')).discovery.state).toBe('ready');
    const wrong = await node(url('wrong'), 'wrong');
    expect(wrong.discovery.state).toBe('degraded');
    expect(wrong.discovery.backends[0]?.error?.message).toContain('Permission denied');
    const required = { backend: consulDiscovery({ url: consul.url, token: 'wrong' }), required: true };
    await expect(node(consul.url, 'x', { discovery: required })).rejects.toThrow('Permission denied');
  });

  it('is not there: the node runs without it, and finds it when it comes', async () => {
    const consul = await server();
    await consul.stop();
    const a = await node(consul.url, 'a', { discovery: consul.url, discoveryHeartbeatInterval: 200 });
    expect(a.discovery.state).toBe('degraded');
    expect(a.discovery.backends[0]?.error?.message).toMatch(/ECONNREFUSED/);
    await consul.start();
    const b = await node(consul.url, 'b');
    await knows(b, 'b');
  });

  it('takes descriptions of any letters, and refuses one that is too long for it by name', async () => {
    const consul = await server();
    const labels = { city: 'Zürich – 東京 🚀' };
    const a = await node(consul.url, 'a', {
      discovery: { backend: consulDiscovery(consul.url), interval: 200, node: { labels } },
    });
    const b = await node(consul.url, 'b');
    await knows(b, 'a', 'b');
    expect((await b.discovery.getActiveNodes()).find(({ id }) => id === 'a')?.labels).toEqual(labels);
    const long = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`label-${index}`, '東'.repeat(120)]));
    const tooLong = await node(consul.url, 'long', {
      discovery: { backend: consulDiscovery(consul.url), interval: 200, node: { labels: long } },
    });
    expect(tooLong.discovery.backends[0]?.error?.message).toMatch(/Consul takes 30000/);
    await a.stop({ timeout: 0 });
    await knows(b, 'b');
    expect(consul.ids.length).toBe(1);
  });
});
