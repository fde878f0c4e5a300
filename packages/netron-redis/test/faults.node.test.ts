/** Faults of Redis do not affect calls: known nodes stay, and all are back once Redis is. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Netron, NetronOptions } from '@omnitron-dev/netron';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../netron/src/platform/node.js';
import { VirtualClock } from '../../netron/src/testing.js';
import { discover, longTtl, stopAll } from '../../netron/test/contract/discovering.js';
import { callingPair, keepCalling, knows, leaves, startNode, stopNodes, told } from '../../netron/test/contract/found-nodes.js';
import { type Held, held, heldAsBefore } from '../../netron/test/contract/left.js';
import { testStoreFaults } from '../../netron/test/contract/store-faults.js';
import { eventually } from '../../netron/test/http/eventually.js';
import { FaultProxy } from '../../netron/test/transport/fault-proxy.js';
import { redisDiscovery } from '../src/index.js';
import { redisServer } from './redis-server.js';

const redis = await redisServer();
const admin = new Redis(redis.url, { maxRetriesPerRequest: 100 });
admin.on('error', () => {});
let before: Held;
beforeEach(async () => {
  await admin.flushall();
  before = held();
});
afterEach(async () => {
  await stopNodes();
  await stopAll();
  await heldAsBefore(before);
});
afterAll(async () => {
  admin.disconnect();
  await redis.kill();
});

const space = '{netron:default}';
const node = (id: string, options: NetronOptions = {}, url = redis.url): Promise<Netron> =>
  startNode(id, { backend: redisDiscovery(url), interval: 200, ttl: longTtl }, options);

/** Writes nodes into the store, as they do themselves. */
async function plant(from: number, to: number): Promise<void> {
  const all = admin.multi();
  for (let number = from; number < to; number += 1) {
    const id = `planted-${number}`;
    const record = JSON.stringify({ id, instance: 'x', status: 'up', addresses: ['tcp://10.0.0.1:1'] });
    all.hset(`${space}:n:${id}`, 'i', 'x', 'd', id, 'j', record).zadd(`${space}:l`, Date.now() + 600_000, id);
    all.incr(`${space}:r`).zadd(`${space}:c`, number + 2, id);
  }
  await all.exec();
}

/** A line to a server: `on` sees what goes there, before it does. */
async function lineTo(port: number, on: (bytes: Buffer) => Promise<void>): Promise<{ port: number; close(): void }> {
  const sockets = new Set<Socket>();
  const line = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    let last = Promise.resolve();
    near.on('data', (bytes: Buffer) => {
      last = last.then(() => on(bytes)).then(() => void far.write(bytes));
    });
    far.on('data', (bytes) => near.write(bytes));
    for (const socket of [near, far])
      sockets.add(socket.on('error', () => {}).on('close', () => [near, far].map((end) => end.destroy())));
  });
  await new Promise<void>((resolve) => line.listen(0, '127.0.0.1', resolve));
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
    line.close();
  };
  return { port: (line.address() as AddressInfo).port, close };
}

testStoreFaults('Redis', {
  server: redis,
  backend: (patience) => redisDiscovery({ url: redis.url, ...(patience !== undefined && { commandTimeout: patience }) }),
  refused: /ECONN|closed/,
  async locked(run) {
    const by = (login: string) => redisDiscovery(redis.url.replace('redis://', `redis://${login}`));
    await admin.config('SET', 'requirepass', 'secret');
    try {
      await run(
        by(':secret@'),
        () => by(':wrong@'),
        () => by(''),
      );
    } finally {
      await admin.config('SET', 'requirepass', '');
    }
  },
  wrongPassword: /WRONGPASS|NOAUTH|password/i,
});

describe('Redis', () => {
  it('D2: is flushed: no connected node is removed, all are announced again', async () => {
    const { a, b, ended } = await callingPair(node);
    await admin.flushall();
    for (let beat = 0; beat < 4; beat += 1) {
      await Promise.all([a, b].map(({ discovery }) => discovery.findAllServices({ name: 'x', fresh: true })));
    }
    await ended();
    // After the grace period, the list counts again.
    const d = await node('d');
    await knows(a, 'a', 'b', 'c', 'd');
    await d.stop({ timeout: 0 });
    await knows(a, 'a', 'b', 'c');
  });

  it.each([
    ['changes', ['c']],
    ['leases', ['l']],
    ['changes and leases', ['c', 'l']],
    ['changes and their number', ['c', 'r']],
    ['records', ['n:a', 'n:b']],
  ])('D2: loses its %s alone: no connected node is taken out, all are announced again', async (_what, keys) => {
    const { ended } = await callingPair(node);
    await admin.del(...keys.map((key) => `${space}:${key}`));
    await ended();
  });

  it('D2: is flushed between two pages of a list: nobody is taken out', async () => {
    let questions = Number.NEGATIVE_INFINITY;
    const line = await lineTo(redis.port, async (bytes) => {
      if (!bytes.includes('evalsha')) return;
      questions += 1;
      if (questions === 2) await admin.flushall();
    });
    const backend = redisDiscovery(`redis://127.0.0.1:${line.port}`);
    const { discovery } = await discover('a', { backend, interval: 5_000, ttl: 600_000 }, { clock: new VirtualClock() });
    const asked = (): Promise<unknown> => discovery.findAllServices({ name: 'x', fresh: true });
    const count = async (): Promise<number> => (await discovery.getActiveNodes()).length;
    await plant(0, 600);
    await asked();
    expect(await count()).toBe(601);
    await plant(600, 1_200);
    questions = 0;
    await asked();
    expect([questions >= 2, await count()]).toEqual([true, 601]);
    await asked();
    expect([await count(), await admin.zcard(`${space}:l`), discovery.backends[0]?.up]).toEqual([601, 1, true]);
    await discovery.stop();
    line.close();
  });

  it('D8: is flushed with many nodes: each lists the others once, at a time of its own', async () => {
    const [clock, count] = [new VirtualClock(), 40];
    const options = () => ({ backend: redisDiscovery(redis.url), interval: 5_000, ttl: 600_000 });
    const nodes = await Promise.all(Array.from({ length: count }, (_, at) => discover(`node-${at}`, options(), { clock })));
    const asked = () => Promise.all(nodes.map(({ discovery }) => discovery.findAllServices({ name: 'x', fresh: true })));
    // The requests caused by the nodes that came later.
    await clock.advance(300);
    await asked();
    const left = nodes.map(leaves);
    await admin.flushall();
    await admin.config('RESETSTAT');
    // No node is asked to announce itself at once: its next heartbeat does that.
    await clock.advance(4_100);
    expect(await admin.zcard(`${space}:l`)).toBe(0);
    await clock.advance(1_200);
    await asked();
    expect(await admin.zcard(`${space}:l`)).toBe(count);
    await clock.advance(15_000);
    await asked();
    // Digests that the scripts have listed, and heartbeats that have listed them.
    const [, listed] = /cmdstat_hget:calls=(\d+)/.exec(await admin.info('commandstats')) ?? [];
    expect(Number(listed)).toBeLessThan(count * count + 2 * count);
    expect(left.flat()).toEqual([]);
    for (const { discovery } of nodes) expect((await discovery.getActiveNodes()).length).toBe(count);
  });

  it('D7: loses messages: the next heartbeat finds their changes', async () => {
    await admin.call('ACL', 'SETUSER', 'default', '-subscribe');
    try {
      const { a, b, ended } = await callingPair(node);
      const changed = told(a, 'node:changed', ({ id, services }) => id === 'b' && services?.length === 0);
      await ended();
      await b.peer.concealService('b');
      await changed;
    } finally {
      await admin.call('ACL', 'SETUSER', 'default', '+@all');
    }
  });

  it('is slow (2 s): nodes stay, and changes made meanwhile are known when it answers', async () => {
    const { ended } = await callingPair(node);
    await admin.call('CLIENT', 'PAUSE', 2_000, 'ALL');
    await ended();
  });

  it('D3: a node that dies is taken out when its lease ends, by whoever beats next', async () => {
    const a = await node('a');
    const record = { id: 'dead', instance: 'i', status: 'up', addresses: ['tcp://10.0.0.1:1'] };
    await admin.hset(`${space}:n:dead`, { i: 'i', d: 'd', j: JSON.stringify(record) });
    const now = Number((await admin.time())[0]) * 1_000;
    await admin.zadd(`${space}:l`, now + 600_000, 'dead');
    await admin.zadd(`${space}:c`, await admin.incr(`${space}:r`), 'dead');
    await knows(a, 'a', 'dead');
    await admin.zadd(`${space}:l`, now, 'dead');
    await knows(a, 'a');
    expect(await admin.exists(`${space}:n:dead`)).toBe(0);
  });

  it('D5: a record of 1 MB is counted and never sent', async () => {
    const a = await node('a');
    const sent = async (): Promise<number> =>
      Number(/total_net_output_bytes:(\d+)/.exec(await admin.info('stats'))?.[1]) || Number.NaN;
    const before = await sent();
    for (const id of ['long', 'longer']) {
      await admin.hset(`${space}:n:${id}`, { i: 'i', d: 'd', j: JSON.stringify({ id, version: 'x'.repeat(2 ** 20) }) });
      await admin.zadd(`${space}:l`, Number((await admin.time())[0]) * 1_000 + 600_000, id);
      await admin.zadd(`${space}:c`, await admin.incr(`${space}:r`), id);
    }
    for (let beat = 0; beat < 3; beat += 1) await a.discovery.findAllServices({ name: 'x', fresh: true });
    expect(await sent()).toBeLessThan(before + 2 ** 19);
    expect(a.discovery.backends).toMatchObject([{ nodes: 1, refused: 2 }]);
  });

  it.each([3_600_000, -3_600_000])(
    'C17: has a clock that jumps by %i ms, and nodes have wrong ones: nobody is lost, a dead node leaves when its lease ends',
    async (jump) => {
      const start = (id: string, wrong: number): Promise<Netron> => {
        const clock = { ...systemClock, wall: () => systemClock.wall() + wrong };
        return node(id, { clock });
      };
      const [a] = [await start('a', jump), await start('b', -jump), await start('c', 0)];
      const calling = await keepCalling(a, 'b');
      const record = JSON.stringify({ id: 'dead', instance: 'i', status: 'up', addresses: ['tcp://10.0.0.1:1'] });
      await admin.hset(`${space}:n:dead`, { i: 'i', d: 'd', j: record });
      const now = Number((await admin.time())[0]) * 1_000;
      await admin.zadd(`${space}:l`, now + longTtl, 'dead');
      await admin.zadd(`${space}:c`, await admin.incr(`${space}:r`), 'dead');
      await knows(a, 'a', 'b', 'c', 'dead');
      const left = leaves(a);
      const gone = told(a, 'node:left', () => true);
      // The data of the store is as far from its time as after a clock jump; later, records expire.
      const shift = `
        for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
          redis.call('ZINCRBY', KEYS[1], ARGV[1], id)
          if tonumber(ARGV[1]) < 0 then redis.call('DEL', KEYS[3] .. id) end
        end
        redis.call('INCRBY', KEYS[2], ARGV[1])`;
      await admin.eval(shift, 3, `${space}:l`, `${space}:t`, `${space}:n:`, -jump);
      // Each lease starts again, also that of the dead node, for which alone time passes.
      await eventually(async () => {
        const ends = Number(await admin.zscore(`${space}:l`, 'dead'));
        expect(Math.abs(ends - now)).toBeLessThan(Math.abs(jump) / 2);
      });
      expect(left).toEqual([]);
      await admin.zadd(`${space}:l`, now, 'dead');
      await gone;
      expect(left).toEqual(['dead']);
      await knows(a, 'a', 'b', 'c');
      expect(await calling.end()).toMatchObject({ errors: [] });
    },
  );

  it('accepts connections and sends nothing: `required` rejects within connectTimeout', async () => {
    const silent = new FaultProxy({ host: '127.0.0.1', port: redis.port }, { stallAfter: 0 });
    await silent.listen();
    const backend = redisDiscovery({ host: '127.0.0.1', port: silent.port });
    const made = startNode('x', { backend, required: true }, { connectTimeout: 300 });
    await expect(made).rejects.toMatchObject({
      code: 'unavailable',
      message: "discovery: cannot reach registry 'redis': no answer within 300 ms",
    });
    await silent.close();
  });

  it('DI-08: accepts a URL, options, or a client, which is not changed; keys begin with a prefix', async () => {
    const client = new Redis(redis.url);
    const made = [
      await node('url', { discovery: redis.url }),
      await node('client', { discovery: redisDiscovery(client) }),
      await node('options', { discovery: { redis: { host: '127.0.0.1', port: redis.port } } }),
    ];
    for (const each of made) await knows(each, 'client', 'options', 'url');
    const apart = await node('apart', { discovery: redisDiscovery({ url: redis.url, prefix: 'mine' }) });
    await knows(apart, 'apart');
    const keys = await client.keys('*');
    expect(keys.filter((key) => !/^\{(netron|mine):default\}:/.test(key))).toEqual([]);
    for (const key of keys.filter((name) => name.includes(':n:'))) expect(await client.pttl(key)).toBeGreaterThan(0);
    await stopNodes();
    expect(await client.ping()).toBe('PONG');
    // A stop waits at most a second for a slow server.
    await expect.poll(() => client.keys('*:n:*')).toEqual([]);
    client.disconnect();
  });
});

it('a node whose record was gone when it was requested is known as soon as it is back, with the same record', async () => {
  const a = await node('a');
  await knows(a, 'a');
  const record = `${space}:n:a`;
  const [i, d, j] = (await admin.hmget(record, 'i', 'd', 'j')) as [string, string, string];
  await a.stop();
  // As when the lease of a stalled node expires: it was listed, and its record is gone when it is requested.
  const [seconds] = await admin.time();
  await admin.zadd(`${space}:l`, (Number(seconds) + 60) * 1_000, 'a');
  await admin.hset(record, { i, d });
  await admin.zadd(`${space}:c`, await admin.incr(`${space}:r`), 'a');
  const b = await node('b');
  const known = async () => (await b.discovery.getActiveNodes()).map(({ id }) => id);
  expect(await known()).toEqual(['b']);
  // It continues, and its message is lost.
  await admin.hset(record, { i, d, j });
  await admin.zadd(`${space}:c`, await admin.incr(`${space}:r`), 'a');
  await eventually(async () => expect((await known()).sort()).toEqual(['a', 'b']));
});
