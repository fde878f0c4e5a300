/** Faults of Redis touch no calls: nodes that are known stay, and all are back when it is. */

import type { Netron, NetronOptions } from '@omnitron-dev/netron';
import { Redis } from 'ioredis';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { knows, leaves, serves, startNode, state, stopNodes, told } from '../../netron/test/contract/found-nodes.js';
import { redisDiscovery } from '../src/index.js';
import { type RedisServer, redisServer } from './redis-server.js';

const servers: RedisServer[] = [];
afterEach(async () => {
  await stopNodes();
});
afterAll(() => Promise.all(servers.map((server) => server.kill())));

async function server(...options: string[]): Promise<RedisServer> {
  const made = await redisServer(...options);
  servers.push(made);
  return made;
}

const node = (url: string, id: string, options: NetronOptions = {}): Promise<Netron> =>
  startNode(id, { backend: redisDiscovery(url), interval: 200 }, options);

describe('Redis', () => {
  it('D1: is killed and comes back empty: nobody is lost, calls go on, all are announced again', async () => {
    const redis = await server();
    const [a, b] = [await node(redis.url, 'a'), await node(redis.url, 'b')];
    await knows(a, 'a', 'b');
    await knows(b, 'a', 'b');
    const address = await serves(a, 'b');
    const left = leaves(a);
    await redis.kill();
    await state(a, 'degraded');
    expect((await a.discovery.findService('b'))?.address).toBe(address);
    const peer = await a.connect(address);
    expect(await peer.call('b', 'greet')).toBe('hello from b');
    expect(a.discovery.backends[0]?.error?.message).toMatch(/\S/);
    await peer.disconnect();
    await redis.start();
    await state(a, 'ready');
    await state(b, 'ready');
    const c = await node(redis.url, 'c');
    await knows(a, 'a', 'b', 'c');
    await knows(b, 'a', 'b', 'c');
    await knows(c, 'a', 'b', 'c');
    expect(left).toEqual([]);
  });

  it('D2: is flushed: no node is taken out, also of those that nobody is connected to', async () => {
    const redis = await server();
    const [a, b] = [await node(redis.url, 'a'), await node(redis.url, 'b')];
    await knows(a, 'a', 'b');
    const left = [leaves(a), leaves(b)];
    const admin = new Redis(redis.url);
    await admin.flushall();
    for (let beat = 0; beat < 4; beat += 1) {
      await Promise.all([a, b].map(({ discovery }) => discovery.findAllServices({ name: 'x', fresh: true })));
    }
    const c = await node(redis.url, 'c');
    await knows(c, 'a', 'b', 'c');
    await knows(a, 'a', 'b', 'c');
    expect(left).toEqual([[], []]);
    // After the time of grace the list counts again.
    await c.stop({ timeout: 0 });
    await knows(a, 'a', 'b');
    admin.disconnect();
  });

  it('D7: loses messages: the next beat finds what they said', async () => {
    const redis = await server('--rename-command', 'SUBSCRIBE', '');
    const a = await node(redis.url, 'a');
    const b = await node(redis.url, 'b');
    await serves(a, 'b');
    const changed = told(a, 'node:changed', ({ id, services }) => id === 'b' && services?.length === 0);
    await b.peer.concealService('b');
    await changed;
  });

  it('answers nobody (SIGSTOP): nodes stay, stopping does not wait for it', async () => {
    const redis = await server();
    const [a, b] = [await node(redis.url, 'a'), await node(redis.url, 'b')];
    await knows(a, 'a', 'b');
    const left = leaves(a);
    redis.pause();
    await state(a, 'degraded');
    expect(left).toEqual([]);
    await b.stop({ timeout: 0 });
    redis.resume();
    await state(a, 'ready');
    // It was killed, as far as Redis knows: its lease ends.
    await knows(a, 'a');
  });

  it('D3: a node that dies is taken out when its lease ends, by whoever beats next', async () => {
    const redis = await server();
    const a = await node(redis.url, 'a');
    const admin = new Redis(redis.url);
    const space = '{netron:default}';
    const record = { id: 'dead', instance: 'i', status: 'up', addresses: ['tcp://10.0.0.1:1'] };
    await admin.hset(`${space}:n:dead`, { i: 'i', d: 'd', j: JSON.stringify(record) });
    await admin.pexpire(`${space}:n:dead`, 100_000);
    const [seconds, micros] = await admin.time();
    await admin.zadd(`${space}:l`, Number(seconds) * 1_000 + Number(micros) / 1_000 + 500, 'dead');
    await admin.zadd(`${space}:c`, await admin.incr(`${space}:r`), 'dead');
    await knows(a, 'a', 'dead');
    await knows(a, 'a');
    expect(await admin.exists(`${space}:n:dead`)).toBe(0);
    admin.disconnect();
  });

  it('wants a password: with a wrong one the node runs, degraded, and says why; with `required` it does not', async () => {
    const redis = await server('--requirepass', 'secret');
    const url = (password: string) => redis.url.replace('redis://', `redis://:${password}@`);
    const right = await node(url('secret'), 'right');
    expect(right.discovery.state).toBe('ready');
    const wrong = await node(url('wrong'), 'wrong');
    expect(wrong.discovery.state).toBe('degraded');
    expect(wrong.discovery.backends[0]?.error?.message).toMatch(/WRONGPASS|NOAUTH|password/i);
    const required = { backend: redisDiscovery(url('wrong')), required: true };
    await expect(node(redis.url, 'x', { discovery: required })).rejects.toThrow(/WRONGPASS|NOAUTH|password/i);
  });

  it('is not there: the node runs without it, and finds it when it comes', async () => {
    const redis = await server();
    await redis.kill();
    const a = await node(redis.url, 'a');
    expect(a.discovery.state).toBe('degraded');
    expect(a.discovery.backends[0]?.error?.message).toMatch(/ECONNREFUSED/);
    await redis.start();
    await state(a, 'ready');
    const b = await node(redis.url, 'b');
    await knows(b, 'a', 'b');
  });

  it('DI-08: takes a URL, options, or a client, which stays as it is; keys begin with a prefix', async () => {
    const redis = await server();
    const client = new Redis(redis.url);
    const made = [
      await node(redis.url, 'url', { discovery: redis.url }),
      await node(redis.url, 'client', { discovery: redisDiscovery(client) }),
      await node(redis.url, 'options', { discovery: { redis: { host: '127.0.0.1', port: redis.port } } }),
    ];
    for (const each of made) await knows(each, 'client', 'options', 'url');
    const apart = await node(redis.url, 'apart', { discovery: redisDiscovery({ url: redis.url, prefix: 'mine' }) });
    await knows(apart, 'apart');
    const keys = await client.keys('*');
    expect(keys.filter((key) => !/^\{(netron|mine):default\}:/.test(key))).toEqual([]);
    for (const key of keys.filter((name) => name.includes(':n:'))) expect(await client.pttl(key)).toBeGreaterThan(0);
    await stopNodes();
    expect(await client.ping()).toBe('PONG');
    expect((await client.keys('*:n:*')).length).toBe(0);
    client.disconnect();
  });
});
