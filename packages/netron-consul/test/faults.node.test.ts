/** Faults of Consul do not affect calls. Runs against a server of the tests. */
import { request } from 'node:https';
import { buffer } from 'node:stream/consumers';
import type { Netron, NetronOptions } from '@omnitron-dev/netron';
import type { NodeInfo } from '@omnitron-dev/netron/discovery';
import { VirtualClock } from '@omnitron-dev/netron/testing';
import { describe, expect, it } from 'vitest';
import { discover, longTtl, stopAll } from '../../netron/test/contract/discovering.js';
import { keepCalling, knows, leaves, startNode, state, stopAfterEach } from '../../netron/test/contract/found-nodes.js';
import { makeCertificates } from '../../netron/test/transport/certificates.js';
import { consulDiscovery } from '../src/index.js';
import { ConsulServer } from './consul-server.js';

const servers: ConsulServer[] = [];
stopAfterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

async function server(...given: ConstructorParameters<typeof ConsulServer>): Promise<ConsulServer> {
  const made = await new ConsulServer(...given).start();
  servers.push(made);
  return made;
}

const node = (url: string, id: string, options: NetronOptions = {}): Promise<Netron> =>
  startNode(id, { backend: consulDiscovery(url), interval: 200, ttl: longTtl }, options);

/** A `fetch` that trusts an authority, as programs create one with a library. */
const fetchWith =
  (ca: string): typeof fetch =>
  (url, { method = 'GET', headers, body, signal } = {}) =>
    new Promise((resolve, reject) => {
      const given = { method, headers: headers as Record<string, string>, ca, agent: false, ...(signal && { signal }) };
      const sent = request(String(url), given, (response) => {
        const { statusCode: status = 500 } = response;
        const index = String(response.headers['x-consul-index'] ?? '');
        buffer(response).then((text) => resolve(new Response(text, { status, headers: { 'x-consul-index': index } })), reject);
      });
      sent.once('error', reject).end(body as string | undefined);
    });

describe('Consul', () => {
  it('loses everything and restarts its index: no node is removed, all are announced again', async () => {
    const consul = await server();
    const [a, b] = [await node(consul.url, 'a'), await node(consul.url, 'b')];
    await knows(a, 'a', 'b');
    await knows(b, 'a', 'b');
    const left = [leaves(a), leaves(b)];
    const calling = await keepCalling(a, 'b');
    consul.reset();
    const c = await node(consul.url, 'c');
    for (const each of [a, b, c]) await knows(each, 'a', 'b', 'c');
    expect(left).toEqual([[], []]);
    expect(await calling.end()).toMatchObject({ errors: [] });
    await c.stop({ timeout: 0 });
    await knows(a, 'a', 'b');
  });

  it('does not answer, or answers with errors: nodes stay, and stopping does not wait for it', async () => {
    const consul = await server();
    const backend = () => consulDiscovery({ url: consul.url, timeout: 500 });
    const impatient = () => ({ discovery: { backend: backend(), interval: 200, ttl: longTtl } });
    const [a, b] = [await node(consul.url, 'a', impatient()), await node(consul.url, 'b', impatient())];
    await knows(a, 'a', 'b');
    const { instance } = (await a.discovery.getActiveNodes()).find(({ id }) => id === 'b') as NodeInfo;
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
    // As far as Consul knows, it was killed.
    consul.expire(`netron-default-${instance}`);
    await knows(a, 'a');
  });

  it('answers with something other than a list, without an index, or cuts its connections: nodes stay, and see each other once it works', async () => {
    const consul = await server();
    const [a, b] = [await node(consul.url, 'a'), await node(consul.url, 'b')];
    await knows(a, 'a', 'b');
    await knows(b, 'a', 'b');
    const left = [leaves(a), leaves(b)];
    for (const answer of ['{"Service":{}}', 'no JSON', '']) {
      consul.answer = answer;
      await state(a, 'degraded');
      expect(a.discovery.backends[0]?.error?.message).toMatch(/with an array|JSON/);
      consul.answer = undefined;
      await state(a, 'ready');
    }
    for (const [at, indexText] of ['x', '-5', '0', '1e9'].entries()) {
      consul.indexText = indexText;
      await knows(a, 'a', 'b');
      const passing = await node(consul.url, `passing-${at}`);
      await knows(a, 'a', 'b', `passing-${at}`);
      await passing.stop({ timeout: 0 });
      await knows(a, 'a', 'b');
    }
    consul.indexText = undefined;
    consul.cut();
    const c = await node(consul.url, 'c');
    for (const each of [a, b, c]) await knows(each, 'a', 'b', 'c');
    expect(left.flat().filter((id) => !id.startsWith('passing'))).toEqual([]);
  });

  it('does not answer a blocking query: it is given up after its time, and repeated', async () => {
    const consul = await server();
    const clock = new VirtualClock();
    const options = { backend: consulDiscovery(consul.url), interval: 600_000 };
    await clock.settle(discover('asking', options, { where: [], serves: [], clock }));
    /** Advances the time until a condition holds, for at most a number of seconds. */
    const within = async (seconds: number, holds: () => boolean): Promise<void> => {
      const end = clock.now() + seconds * 1_000;
      while (!holds() && clock.now() < end) {
        await clock.advance(1_000);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      expect(holds()).toBe(true);
    };
    while (consul.waiting === 0) await new Promise((resolve) => setImmediate(resolve));
    consul.silent = true;
    // The waiting query is answered by a change; the next query gets no answer.
    consul.touch();
    await within(60, () => consul.hung === 1);
    await within(120, () => consul.givenUp === 1);
    consul.silent = false;
    await within(1_200, () => consul.waiting === 1);
    await clock.settle(stopAll());
  });

  it('speaks TLS with the authority that a custom fetch trusts, and with no other', async () => {
    const certificates = makeCertificates();
    const consul = await server(certificates.server);
    consul.token = 'secret';
    const by = (more: object = {}) => consulDiscovery({ url: consul.url, token: 'secret', ...more });
    const trusting = fetchWith(certificates.ca);
    const [a, b] = await Promise.all(['a', 'b'].map((id) => startNode(id, { backend: by({ fetch: trusting }), interval: 200 })));
    for (const each of [a, b] as Netron[]) await knows(each, 'a', 'b');
    const wrong = await startNode('wrong', { backend: by(), interval: 200 });
    expect(wrong.discovery.backends[0]?.error?.message).toMatch(/certificate/i);
    await expect(startNode('x', { backend: by(), required: true })).rejects.toThrow(/certificate/i);
  });

  it('lists a node that died until its check expires', async () => {
    const consul = await server();
    const a = await node(consul.url, 'a');
    const record = { id: 'dead', instance: 'i', status: 'up', addresses: ['tcp://10.0.0.1:1'] };
    consul.register('netron-default', 'dead', { 'netron-0': JSON.stringify(record) });
    await knows(a, 'a', 'dead');
    consul.expire('dead');
    await knows(a, 'a');
  });

  it('is queried rarely although its index grows all the time', async () => {
    const consul = await server();
    const clock = new VirtualClock();
    const options = { backend: consulDiscovery(consul.url), interval: 600_000 };
    await clock.settle(discover('asking', options, { where: [], serves: [], clock }));
    while (consul.waiting === 0) await new Promise((resolve) => setImmediate(resolve));
    const before = consul.queries;
    for (let times = 0; times < 200; times += 1) {
      consul.touch();
      await new Promise((resolve) => setImmediate(resolve));
    }
    // One query is answered; the next one waits for its time, which has not come.
    expect(consul.queries).toBe(before);
    while (consul.waiting === 0) {
      await clock.advance(50);
      await new Promise((resolve) => setImmediate(resolve));
    }
    // One query that returns the changes since at once, and one that waits for further ones.
    expect(consul.queries).toBe(before + 2);
    await clock.settle(stopAll());
  });

  it('requires a token: with a wrong one the node runs, degraded, and reports why; with `required` it does not', async () => {
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
    for (const each of [a, b]) await knows(each, 'a', 'b');
  });

  it('accepts descriptions with any characters, and refuses one that is too long with its name', async () => {
    const consul = await server();
    const labels = { city: 'Zürich – 東京 🚀' };
    const a = await node(consul.url, 'a', {
      discovery: { backend: consulDiscovery(consul.url), interval: 200, ttl: longTtl, node: { labels } },
    });
    const b = await node(consul.url, 'b');
    await knows(b, 'a', 'b');
    expect((await b.discovery.getActiveNodes()).find(({ id }) => id === 'a')?.labels).toEqual(labels);
    const long = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`label-${index}`, '東'.repeat(120)]));
    const tooLong = await node(consul.url, 'long', {
      discovery: { backend: consulDiscovery(consul.url), interval: 200, node: { labels: long } },
    });
    expect(tooLong.discovery.backends[0]?.error?.message).toMatch(/Consul accepts at most 30000/);
    await a.stop({ timeout: 0 });
    await knows(b, 'b');
    expect(consul.ids.length).toBe(1);
  });
});
