/** Faults of NATS touch no calls: nodes that are known stay, and all are back when it is. */
import { Kvm } from '@nats-io/kv';
import { connect } from '@nats-io/transport-node';
import type { Netron, NetronOptions } from '@omnitron-dev/netron';
import { afterAll, describe, expect, it } from 'vitest';
import { callingPair, knows, leaves, startNode, state, stopAfterEach, told } from '../../netron/test/contract/found-nodes.js';
import { FaultProxy } from '../../netron/test/transport/fault-proxy.js';
import { natsDiscovery } from '../src/index.js';
import { natsServer } from './nats-server.js';

const nats = await natsServer();
const ends: (() => Promise<unknown>)[] = [];
stopAfterEach(() => Promise.all(ends.splice(0).map((end) => end())));
afterAll(() => nats.end());

const node = (id: string, options: NetronOptions = {}, url = nats.url): Promise<Netron> =>
  startNode(id, { backend: natsDiscovery(url), interval: 200 }, options);

describe('NATS', () => {
  it('D1: is killed and comes back empty: nobody is lost, no call fails, all are announced again', async () => {
    const { a, b, ended } = await callingPair(node);
    await nats.kill();
    await state(a, 'degraded');
    expect(a.discovery.backends[0]?.error?.message).toMatch(/NATS|connection|timeout/i);
    await nats.start();
    await state(a, 'ready');
    await state(b, 'ready');
    await ended();
  });

  it('D2: loses its buckets: nobody is lost, no call fails, all are announced again', async () => {
    const { ended } = await callingPair(node);
    const admin = await connect({ servers: `127.0.0.1:${nats.port}` });
    const kvm = new Kvm(admin);
    for (const bucket of ['records', 'leases']) await (await kvm.open(`netron-default-${bucket}`)).destroy();
    await admin.close();
    await ended();
  });

  it('D3: a node that dies is taken out when its lease ends, by whoever beats next', async () => {
    const [a, b] = [await node('a'), await node('b')];
    await knows(a, 'a', 'b');
    await knows(b, 'a', 'b');
    // It goes without a word: its connection ends, its record and its lease stay.
    const way = new FaultProxy({ host: '127.0.0.1', port: nats.port });
    await way.listen();
    const c = await node('c', {}, `nats://127.0.0.1:${way.port}`);
    await knows(a, 'a', 'b', 'c');
    const left = Promise.all([a, b].map((each) => told(each, 'node:left', (id) => id === 'c')));
    await way.close();
    await c.stop({ timeout: 0 });
    await left;
    await knows(a, 'a', 'b');
  });

  it('D5: takes no record of 1 MB', async () => {
    const a = await node('a');
    await knows(a, 'a');
    const admin = await connect({ servers: `127.0.0.1:${nats.port}` });
    const bucket = await new Kvm(admin).open('netron-default-records');
    await expect(bucket.put('bG9uZw', 'x'.repeat(2 ** 20 - 1_000))).rejects.toThrow(/size/);
    await admin.close();
  });

  it('answers nobody (SIGSTOP): nodes stay, stopping does not wait for it', async () => {
    const impatient = () => ({ discovery: { backend: natsDiscovery({ url: nats.url, timeout: 500 }), interval: 200 } });
    const [a, b] = [await node('a', impatient()), await node('b', impatient())];
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
    const plain = await natsServer({ jetStream: false });
    ends.push(() => plain.end());
    const a = await node('a', {}, plain.url);
    expect(a.discovery.state).toBe('degraded');
    expect(a.discovery.backends[0]?.error?.message).toMatch(/jetstream/i);
    const required = { backend: natsDiscovery(plain.url), required: true };
    await expect(node('x', { discovery: required })).rejects.toThrow(/jetstream/i);
  });

  it('wants a password: with a wrong one the node runs, degraded, and says why; with `required` it does not', async () => {
    const locked = await natsServer({ options: ['--user', 'shop', '--pass', 'secret'] });
    ends.push(() => locked.end());
    const url = (password: string) => locked.url.replace('nats://', `nats://shop:${password}@`);
    const right = await node('right', {}, url('secret'));
    expect(right.discovery.state).toBe('ready');
    const wrong = await node('wrong', {}, url('wrong'));
    expect(wrong.discovery.state).toBe('degraded');
    expect(wrong.discovery.backends[0]?.error?.message).toMatch(/authorization/i);
    const required = { backend: natsDiscovery(url('wrong')), required: true };
    await expect(node('x', { discovery: required })).rejects.toThrow(/authorization/i);
  });

  it('is not there: the node runs without it, and finds it when it comes', async () => {
    await nats.kill();
    const a = await node('a');
    expect(a.discovery.state).toBe('degraded');
    expect(a.discovery.backends[0]?.error?.message).toMatch(/refused/i);
    await nats.start();
    await state(a, 'ready');
    const b = await node('b');
    await knows(b, 'a', 'b');
  });

  it('takes a URL, options, or a connection, which stays open; nothing is left behind by those that stop', async () => {
    const own = await connect({ servers: `127.0.0.1:${nats.port}` });
    const made = [
      await node('url', { discovery: nats.url }),
      await node('connection', { discovery: natsDiscovery(own) }),
      await node('options', { discovery: natsDiscovery({ servers: `127.0.0.1:${nats.port}` }) }),
    ];
    for (const each of made) await knows(each, 'connection', 'options', 'url');
    const apart = await node('apart', { discovery: natsDiscovery({ url: nats.url, prefix: 'mine' }) });
    await knows(apart, 'apart');
    await Promise.all(made.map((each) => each.stop({ timeout: 0 })));
    expect(own.isClosed()).toBe(false);
    const late = await node('late');
    await knows(late, 'late');
    await own.close();
  });
});
