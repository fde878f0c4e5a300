/** Faults of NATS touch no calls: nodes that are known stay, and all are back when it is. */
import { connect } from '@nats-io/transport-node';
import type { Netron, NetronOptions } from '@omnitron-dev/netron';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { knows, leaves, serves, startNode, state, stopNodes, told } from '../../netron/test/contract/found-nodes.js';
import { natsDiscovery } from '../src/index.js';
import { type NatsServer, natsServer } from './nats-server.js';

const servers: NatsServer[] = [];
afterEach(async () => {
  await stopNodes();
});
afterAll(() => Promise.all(servers.map((server) => server.end())));

async function server(given?: Parameters<typeof natsServer>[0]): Promise<NatsServer> {
  const made = await natsServer(given);
  servers.push(made);
  return made;
}

const node = (url: string, id: string, options: NetronOptions = {}): Promise<Netron> =>
  startNode(id, { backend: natsDiscovery(url), interval: 200 }, options);

describe('NATS', () => {
  it('D1: is killed and comes back empty: nobody is lost, calls go on, all are announced again', async () => {
    const nats = await server();
    const [a, b] = [await node(nats.url, 'a'), await node(nats.url, 'b')];
    await knows(a, 'a', 'b');
    await knows(b, 'a', 'b');
    const address = await serves(a, 'b');
    const left = leaves(a);
    await nats.kill();
    await state(a, 'degraded');
    expect((await a.discovery.findService('b'))?.address).toBe(address);
    const peer = await a.connect(address);
    expect(await peer.call('b', 'greet')).toBe('hello from b');
    expect(a.discovery.backends[0]?.error?.message).toMatch(/NATS|connection|timeout/i);
    await peer.disconnect();
    await nats.start();
    await state(a, 'ready');
    await state(b, 'ready');
    const c = await node(nats.url, 'c');
    await knows(a, 'a', 'b', 'c');
    await knows(b, 'a', 'b', 'c');
    await knows(c, 'a', 'b', 'c');
    expect(left).toEqual([]);
  });

  it('D3: a node that dies is taken out when its lease ends, by whoever beats next', async () => {
    const nats = await server();
    const [a, b] = [await node(nats.url, 'a'), await node(nats.url, 'b')];
    await knows(a, 'a', 'b');
    await knows(b, 'a', 'b');
    // It goes without a word: its connection ends, its record and its lease stay.
    const broken = natsDiscovery(nats.url);
    const c = await node(nats.url, 'c', { discovery: { backend: broken, interval: 200 } });
    await knows(a, 'a', 'b', 'c');
    const left = Promise.all([a, b].map((each) => told(each, 'node:left', (id) => id === 'c')));
    nats.pause();
    await c.stop({ timeout: 0 });
    nats.resume();
    await left;
    await knows(a, 'a', 'b');
  });

  it('answers nobody (SIGSTOP): nodes stay, stopping does not wait for it', async () => {
    const nats = await server();
    const [a, b] = [await node(nats.url, 'a'), await node(nats.url, 'b')];
    await knows(a, 'a', 'b');
    const left = leaves(a);
    nats.pause();
    await state(a, 'degraded');
    expect(left).toEqual([]);
    await b.stop({ timeout: 0 });
    nats.resume();
    await state(a, 'ready');
    await knows(a, 'a');
  });

  it('has no JetStream: the node runs, degraded, and says why; with `required` it does not', async () => {
    const nats = await server({ jetStream: false });
    const a = await node(nats.url, 'a');
    expect(a.discovery.state).toBe('degraded');
    expect(a.discovery.backends[0]?.error?.message).toMatch(/jetstream/i);
    const required = { backend: natsDiscovery(nats.url), required: true };
    await expect(node(nats.url, 'x', { discovery: required })).rejects.toThrow(/jetstream/i);
  });

  it('wants a password: with a wrong one the node runs, degraded, and says why', async () => {
    const nats = await server({ options: ['--user', 'shop', '--pass', 'secret'] });
    const url = (password: string) => nats.url.replace('nats://', `nats://shop:${password}@`);
    const right = await node(url('secret'), 'right');
    expect(right.discovery.state).toBe('ready');
    const wrong = await node(url('wrong'), 'wrong');
    expect(wrong.discovery.state).toBe('degraded');
    expect(wrong.discovery.backends[0]?.error?.message).toMatch(/authorization/i);
  });

  it('is not there: the node runs without it, and finds it when it comes', async () => {
    const nats = await server();
    await nats.kill();
    const a = await node(nats.url, 'a');
    expect(a.discovery.state).toBe('degraded');
    expect(a.discovery.backends[0]?.error?.message).toMatch(/refused/i);
    await nats.start();
    await state(a, 'ready');
    const b = await node(nats.url, 'b');
    await knows(b, 'a', 'b');
  });

  it('takes a URL, options, or a connection, which stays open; nothing is left behind by those that stop', async () => {
    const nats = await server();
    const own = await connect({ servers: `127.0.0.1:${nats.port}` });
    const made = [
      await node(nats.url, 'url', { discovery: nats.url }),
      await node(nats.url, 'connection', { discovery: natsDiscovery(own) }),
      await node(nats.url, 'options', { discovery: natsDiscovery({ servers: `127.0.0.1:${nats.port}` }) }),
    ];
    for (const each of made) await knows(each, 'connection', 'options', 'url');
    const apart = await node(nats.url, 'apart', { discovery: natsDiscovery({ url: nats.url, prefix: 'mine' }) });
    await knows(apart, 'apart');
    await Promise.all(made.map((each) => each.stop({ timeout: 0 })));
    expect(own.isClosed()).toBe(false);
    const late = await node(nats.url, 'late');
    expect((await late.discovery.getActiveNodes()).map(({ id }) => id)).toEqual(['late']);
    await own.close();
  });
});
