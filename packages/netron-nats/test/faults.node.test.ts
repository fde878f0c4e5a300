/** Faults of NATS do not affect calls: known nodes stay, and all are back once NATS is. */
import { jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { connect } from '@nats-io/transport-node';
import type { Netron, NetronOptions } from '@omnitron-dev/netron';
import { afterAll, describe, expect, it } from 'vitest';
import { longTtl } from '../../netron/test/contract/discovering.js';
import { callingPair, knows, startNode, stopAfterEach, told } from '../../netron/test/contract/found-nodes.js';
import { testStoreFaults } from '../../netron/test/contract/store-faults.js';
import { eventually } from '../../netron/test/http/eventually.js';
import { gate } from '../../netron/test/integration/nodes.js';
import { FaultProxy } from '../../netron/test/transport/fault-proxy.js';
import { natsDiscovery } from '../src/index.js';
import { keyOf } from '../src/names.js';
import { natsServer } from './nats-server.js';

const nats = await natsServer();
const ends: (() => Promise<unknown>)[] = [];
stopAfterEach(() => Promise.all(ends.splice(0).map((end) => end())));
afterAll(() => nats.end());

const node = (id: string, options: NetronOptions = {}, url = nats.url): Promise<Netron> =>
  startNode(id, { backend: natsDiscovery(url), interval: 200, ttl: longTtl }, options);
/** A node whose lease expires soon, in a namespace of its own: the store has one age for all leases of a namespace. */
const brief = (id: string, options: NetronOptions = {}, url = nats.url): Promise<Netron> =>
  startNode(id, { backend: natsDiscovery(url), interval: 200, namespace: 'brief' }, options);

testStoreFaults('NATS', {
  server: nats,
  backend: (patience) => natsDiscovery({ url: nats.url, ...(patience !== undefined && { timeout: patience }) }),
  refused: /NATS|connection|refused|timeout/i,
  ttl: longTtl,
  async locked(run) {
    const locked = await natsServer({ options: ['--user', 'shop', '--pass', 'secret'] });
    ends.push(() => locked.end());
    const by = (login: string) => natsDiscovery(locked.url.replace('nats://', `nats://${login}`));
    await run(
      by('shop:secret@'),
      () => by('shop:wrong@'),
      () => by(''),
    );
  },
  wrongPassword: /authorization/i,
});

describe('NATS', () => {
  it('D2: loses its buckets: no node is lost, no call fails, all are announced again', async () => {
    const { ended } = await callingPair(node);
    const admin = await connect({ servers: `127.0.0.1:${nats.port}` });
    const kvm = new Kvm(admin);
    for (const bucket of ['records', 'leases']) await (await kvm.open(`netron-default-${bucket}`)).destroy();
    await admin.close();
    await ended();
  });

  it.each(['records', 'leases'])(
    'D2: its %s are purged: nobody is lost, no call fails, all are announced again',
    async (bucket) => {
      const { ended } = await callingPair(node);
      const admin = await connect({ servers: `127.0.0.1:${nats.port}` });
      await (await jetstreamManager(admin)).streams.purge(`KV_netron-default-${bucket}`);
      await admin.close();
      await ended();
    },
  );

  it('D5: a node whose record somebody has written over writes it again: those who come know it', async () => {
    // Its record is older than the one that is written over: the store looks as if nothing were missing.
    const first = await node('first');
    await node('a');
    await first.discovery.waitForService('a');
    const admin = await connect({ servers: `127.0.0.1:${nats.port}` });
    const records = await new Kvm(admin).open('netron-default-records');
    await records.put(keyOf('a'), 'nothing that anybody could read');
    await admin.close();
    await knows(await node('late'), 'a', 'first', 'late');
  });

  it('D5: a node whose record alone was purged writes it again: those who come know it', async () => {
    const one = await node('one');
    await knows(await node('two'), 'one', 'two');
    await knows(one, 'one', 'two');
    const admin = await connect({ servers: `127.0.0.1:${nats.port}` });
    const [records, { streams }] = [await new Kvm(admin).open('netron-default-records'), await jetstreamManager(admin)];
    const changed = async (id: string): Promise<number> => (await records.get(keyOf(id)))?.revision ?? 0;
    // The other one is older: the store looks as if nothing were missing.
    const later = (await changed('one')) > (await changed('two')) ? 'one' : 'two';
    const subject = `$KV.netron-default-records.${keyOf(later)}`;
    expect(await streams.purge('KV_netron-default-records', { filter: subject })).toMatchObject({ purged: 1 });
    await eventually(async () => expect(await changed(later)).toBeGreaterThan(0));
    await admin.close();
    await knows(await node('late'), 'late', 'one', 'two');
  });

  it('D3: a dead node is removed when its lease expires, by the next heartbeat of any node', async () => {
    const [a, b] = [await brief('a'), await brief('b')];
    await knows(a, 'a', 'b');
    await knows(b, 'a', 'b');
    // It disappears without notice: its connection ends, its record and its lease stay.
    const way = new FaultProxy({ host: '127.0.0.1', port: nats.port });
    await way.listen();
    const c = await brief('c', {}, `nats://127.0.0.1:${way.port}`);
    await knows(a, 'a', 'b', 'c');
    const left = Promise.all([a, b].map((each) => told(each, 'node:left', (id) => id === 'c')));
    await way.close();
    await c.stop({ timeout: 0 });
    await left;
    await knows(a, 'a', 'b');
  });

  it('D3: looks for expired leases in every heartbeat of the three nodes with the first keys', async () => {
    const never = { random: () => 0.999_999 };
    const stays = await Promise.all(['a', 'b', 'c', 'd'].map((id) => brief(id, never)));
    const way = new FaultProxy({ host: '127.0.0.1', port: nats.port });
    await way.listen();
    const dies = await brief('e', never, `nats://127.0.0.1:${way.port}`);
    for (const each of stays) await knows(each, 'a', 'b', 'c', 'd', 'e');
    await way.close();
    await dies.stop({ timeout: 0 });
    for (const each of stays) await knows(each, 'a', 'b', 'c', 'd');
  });

  it('D3: a node with a longer lease than the one that has created the bucket keeps it', async () => {
    const short = await node('short');
    const long = await startNode('long', { backend: natsDiscovery(nats.url), interval: 20_000, ttl: 120_000 });
    for (const each of [short, long]) await knows(each, 'long', 'short');
    const admin = await connect({ servers: `127.0.0.1:${nats.port}` });
    const { ttl } = await (await new Kvm(admin).open('netron-default-leases')).status();
    await admin.close();
    expect(ttl).toBe(120_000);
    // The next test creates them again.
    ends.push(async () => {
      await nats.kill();
      await nats.start();
    });
  });

  it('D3: when two nodes lengthen the leases of a bucket at once, the longer lease wins, whoever writes last', async () => {
    const namespace = 'both';
    const lasting = (ttl: number, backend = natsDiscovery(nats.url)) => ({ backend, namespace, interval: ttl / 6, ttl });
    const admin = await connect({ servers: `127.0.0.1:${nats.port}` });
    const age = async () => (await (await new Kvm(admin).open(`netron-${namespace}-leases`)).status()).ttl;
    await startNode('first', lasting(1_200));
    expect(await age()).toBe(1_200);

    const own = await connect({ servers: `127.0.0.1:${nats.port}` });
    ends.push(async () => Promise.all([own.close(), admin.close()]));
    const [asks, sent] = [gate(), gate()];
    const request = own.request.bind(own);
    own.request = async (subject, ...rest) => {
      if (subject.startsWith('$JS.API.STREAM.UPDATE.')) {
        asks.open();
        await sent.opened;
      }
      return request(subject, ...rest);
    };
    const longer = startNode('longer', lasting(60_000, natsDiscovery(own)));
    await asks.opened;
    const longest = await startNode('longest', lasting(120_000));
    expect(await age()).toBe(120_000);
    sent.open();
    await longer;
    expect(await age()).toBe(60_000);
    await longest.discovery.discover({ name: 'longest', fresh: true });
    expect(await age()).toBe(120_000);
  });

  it('D3: checks the age of the leases in its first ten heartbeats and in every tenth after that, and when it was removed', async () => {
    const namespace = 'age';
    const own = await connect({ servers: `127.0.0.1:${nats.port}` });
    ends.push(() => own.close());
    const asked = { leases: 0, records: 0 };
    const request = own.request.bind(own);
    own.request = (subject, ...rest) => {
      for (const bucket of ['leases', 'records'] as const)
        if (subject === `$JS.API.STREAM.INFO.KV_netron-${namespace}-${bucket}`) asked[bucket] += 1;
      return request(subject, ...rest);
    };
    const a = await startNode('a', { backend: natsDiscovery(own), namespace, interval: 20_000, ttl: 60_000 });
    const beats = async (count: number): Promise<typeof asked> => {
      const before = { ...asked };
      for (let each = 0; each < count; each += 1) await a.discovery.discover({ name: 'a', fresh: true });
      return { leases: asked.leases - before.leases, records: asked.records - before.records };
    };
    await beats(9);
    expect(await beats(100)).toEqual({ leases: 10, records: 100 });

    const bucket = await new Kvm(own).open(`netron-${namespace}-records`);
    for await (const key of await bucket.keys()) await bucket.delete(key);
    // The first of them notices it.
    expect((await beats(5)).leases).toBeGreaterThanOrEqual(4);
  });

  it('D5: stores no record of 1 MB', async () => {
    const a = await node('a');
    await knows(a, 'a');
    const admin = await connect({ servers: `127.0.0.1:${nats.port}` });
    const bucket = await new Kvm(admin).open('netron-default-records');
    await expect(bucket.put('bG9uZw', 'x'.repeat(2 ** 20 - 1_000))).rejects.toThrow(/size/);
    await admin.close();
  });

  it('has no JetStream: the node runs, degraded, and reports why; with `required` it does not', async () => {
    const plain = await natsServer({ jetStream: false });
    ends.push(() => plain.end());
    const a = await node('a', {}, plain.url);
    expect(a.discovery.state).toBe('degraded');
    expect(a.discovery.backends[0]?.error?.message).toMatch(/jetstream/i);
    const required = { backend: natsDiscovery(plain.url), required: true };
    await expect(node('x', { discovery: required })).rejects.toThrow(/jetstream/i);
  });

  it('accepts a URL, options, or a connection, which stays open; stopped nodes leave nothing behind', async () => {
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
