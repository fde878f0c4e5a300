/** Redis deployments: with TLS, as a replicated pair, as a cluster. */
import { defineService, type Netron, type NetronOptions } from '@omnitron-dev/netron';
import type { DiscoveryBackend } from '@omnitron-dev/netron/discovery';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../netron/src/platform/node.js';
import { longTtl } from '../../netron/test/contract/discovering.js';
import {
  keepCalling,
  knows,
  leaves,
  serves,
  startNode,
  state,
  stopAfterEach,
  told,
} from '../../netron/test/contract/found-nodes.js';
import { makeCertificates } from '../../netron/test/transport/certificates.js';
import { FaultProxy } from '../../netron/test/transport/fault-proxy.js';
import { connectTo } from '../src/clients.js';
import { redisDiscovery } from '../src/index.js';
import { redisCluster, redisServer, tlsServer } from './redis-server.js';

const ends: (() => Promise<unknown>)[] = [];
stopAfterEach(() => Promise.all(ends.splice(0).map((end) => end())));

/** Leases are long: nodes that have not left stay in a copy of the store. */
const node = (backend: DiscoveryBackend, id: string, options: NetronOptions = {}): Promise<Netron> =>
  startNode(id, { backend, interval: 200, ttl: longTtl }, options);
const nothingFailed = { errors: [] };

describe('Redis over TLS', () => {
  it('is used with the required authority and certificate; without them the node runs, degraded, and reports why', async () => {
    const certificates = makeCertificates();
    const { ca, client, otherName } = certificates;
    const redis = await tlsServer(certificates);
    ends.push(() => redis.kill());
    const by = (tls: object, url = redis.url) => redisDiscovery({ url, tls });
    const right = { ca, ...client };
    const [a, b] = [await node(by(right), 'a'), await node(by(right), 'b')];
    await knows(a, 'a', 'b');
    await knows(b, 'a', 'b');
    const wrong = [
      { backend: () => by({ ...client }), says: /self-signed|unable to verify|certificate/i },
      { backend: () => by({ ca }), says: /certificate required|socket|closed|ECONNRESET/i },
      { backend: () => by({ ca, ...client, servername: 'other.example' }), says: /altnames|does not match/i },
      { backend: () => by({ ca, cert: otherName.cert, key: client.key }), says: /key values mismatch/i },
    ];
    for (const { backend, says } of wrong) {
      const made = await node(backend(), 'wrong');
      expect(made.discovery.state).toBe('degraded');
      expect(made.discovery.backends[0]?.error?.message).toMatch(says);
      // The reason stays while attempts continue.
      for (let beat = 0; beat < 3; beat += 1) await made.discovery.findAllServices({ name: 'a', fresh: true });
      expect(made.discovery.backends[0]?.error?.message).toMatch(says);
      await made.stop({ timeout: 0 });
      const required = startNode('x', { backend: backend(), required: true });
      await expect(required).rejects.toThrow(says);
    }
    // By URL alone: Node's trusted authorities decide.
    const url = await startNode('url', redis.url);
    expect(url.discovery.state).toBe('degraded');
    expect(url.discovery.backends[0]?.error?.message).toMatch(/certificate/i);
  });

  it('a socket that fails twice, as when it is closed during its handshake, throws nothing', async () => {
    const certificates = makeCertificates();
    const redis = await tlsServer(certificates);
    ends.push(() => redis.kill());
    const client = connectTo({ url: redis.url, tls: { ca: certificates.ca, ...certificates.client } }) as Redis;
    const errors: string[] = [];
    client.on('error', ({ message }) => errors.push(message));
    await client.connect();
    const { stream } = client;
    client.disconnect();
    for (const message of ['first', 'second', 'third']) stream.emit('error', new Error(message));
    expect(errors).toEqual(['first']);
  });
});

describe('A pair of Redis servers', () => {
  it('D2: fails over to a replica that lags behind: no node is lost, no call fails, also of a node with a fixed id', async () => {
    const primary = await redisServer();
    const replica = await redisServer('--replicaof', '127.0.0.1', `${primary.port}`, '--repl-diskless-sync-delay', '0');
    const address = new FaultProxy({ host: '127.0.0.1', port: primary.port });
    await address.listen();
    const admins = [new Redis(primary.url), new Redis(replica.url)] as const;
    ends.push(async () => {
      for (const admin of admins) admin.disconnect();
      await Promise.all([primary.kill(), replica.kill(), address.close()]);
    });
    for (const admin of admins) admin.on('error', () => {});
    // The grace period does not end before all are connected again, however long that takes.
    let heldAt: number | undefined;
    const clock = { ...systemClock, now: () => heldAt ?? systemClock.now() };
    const start = (id: string) => node(redisDiscovery({ host: '127.0.0.1', port: address.port }), id, { clock });
    const [a, b] = [await start('a'), await start('b')];
    const before = await start('fixed');
    await knows(a, 'a', 'b', 'fixed');
    expect(await admins[0].call('WAIT', 1, 0)).toBe(1);
    await admins[1].replicaof('NO', 'ONE');
    // Changes that the replica does not see: one node leaves, returns with the same id, and one is new.
    await before.stop({ timeout: 0 });
    await knows(a, 'a', 'b');
    const fixed = await start('fixed');
    const c = await start('c');
    for (const each of [a, b, fixed, c]) await knows(each, 'a', 'b', 'c', 'fixed');
    const left = [a, b, fixed, c].map(leaves);
    const conflicts: unknown[] = [];
    for (const each of [a, b, fixed, c]) each.discovery.on('conflict', (conflict) => conflicts.push(conflict));
    const calling = await keepCalling(a, 'fixed');
    const degraded = Promise.all([a, b].map((each) => state(each, 'degraded')));
    await primary.kill();
    await degraded;
    heldAt = systemClock.now();
    address.target = { host: '127.0.0.1', port: replica.port };
    for (const each of [a, b, fixed, c]) await state(each, 'ready');
    const d = await start('d');
    for (const each of [a, b, fixed, c, d]) await knows(each, 'a', 'b', 'c', 'd', 'fixed');
    // After the grace period, the list counts again, and all nodes are in it.
    heldAt = undefined;
    await d.stop({ timeout: 0 });
    for (const each of [a, b, fixed, c]) await knows(each, 'a', 'b', 'c', 'fixed');
    expect([conflicts, ...left]).toEqual([[], ['d'], ['d'], ['d'], ['d']]);
    expect(await calling.end()).toMatchObject(nothingFailed);
  });

  it('leads to a server that has become a replica, which accepts no announcements: reconnects until it is the master again', async () => {
    const [one, other] = [await redisServer(), await redisServer()];
    const address = new FaultProxy({ host: '127.0.0.1', port: one.port });
    await address.listen();
    const admin = new Redis(one.url);
    ends.push(async () => {
      admin.disconnect();
      await Promise.all([one.kill(), other.kill(), address.close()]);
    });
    const a = await node(redisDiscovery({ host: '127.0.0.1', port: address.port }), 'a');
    await knows(a, 'a');
    // Connections stay open when the roles change.
    address.target = { host: '127.0.0.1', port: other.port };
    await admin.replicaof('127.0.0.1', String(other.port));
    const b = await node(redisDiscovery(other.url), 'b');
    await knows(a, 'a', 'b');
    await knows(b, 'a', 'b');
  });
});

describe('A cluster of three Redis servers', () => {
  it('D1: carries registries with a prefix; loses the server of a registry: no call fails, all are back with it', async () => {
    const cluster = await redisCluster();
    ends.push(() => cluster.end());
    const seeds = cluster.servers.map(({ port }) => ({ host: '127.0.0.1', port }));
    const by = (prefix?: string) => redisDiscovery({ cluster: seeds, ...(prefix !== undefined && { prefix }) });
    const [a, b] = [await node(by(), 'a'), await node(by(), 'b')];
    await knows(a, 'a', 'b');
    await knows(b, 'a', 'b');
    const apart = await Promise.all(['one', 'other'].map((id) => node(by('mine'), id)));
    for (const each of apart) await knows(each, 'one', 'other');
    // Changes arrive by messages, whichever server they are published on.
    const changed = told(a, 'node:changed', ({ id, services }) => id === 'b' && services?.length === 2);
    await b.peer.exposeService(defineService({ name: 'more@1.0.0', methods: { more: () => 'more' } }));
    await changed;
    const left = leaves(a);
    const calling = await keepCalling(a, 'b');
    await cluster.holder.kill();
    await state(a, 'degraded');
    expect(a.discovery.backends[0]?.error?.message).toMatch(/\S/);
    await cluster.holder.start();
    await state(a, 'ready');
    await state(b, 'ready');
    const c = await node(by(), 'c');
    await serves(a, 'c');
    for (const each of [a, b, c]) await knows(each, 'a', 'b', 'c');
    expect(left).toEqual([]);
    expect(await calling.end()).toMatchObject(nothingFailed);
  });
});
