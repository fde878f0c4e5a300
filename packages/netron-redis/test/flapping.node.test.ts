/** A connection to Redis that breaks shortly after each connect: no rejection stays unhandled, and everything recovers. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Netron } from '@omnitron-dev/netron';
import { Redis } from 'ioredis';
import { afterAll, expect, it } from 'vitest';
import { eventually } from '../../netron/test/http/eventually.js';
import { until } from '../../netron/test/integration/nodes.js';
import { VirtualClock } from '../../netron/test/integration/virtual-clock.js';
import { redisBackplane, redisDiscovery } from '../src/index.js';
import { redisServer } from './redis-server.js';

const redis = await redisServer();
let broken = false;
let connections = 0;
/** Subscribe requests that are still to be lost. */
let swallowed = 0;
const sockets = new Set<Socket>();
const line = createServer((near) => {
  connections += 1;
  const far = connect(redis.port, '127.0.0.1');
  // After 1 to 6 answers.
  let left = 1 + (connections % 6);
  const end = (): void => {
    near.destroy();
    far.destroy();
    sockets.delete(near);
  };
  sockets.add(near);
  near.on('data', (bytes) => {
    if (swallowed === 0 || !bytes.includes('subscribe')) return far.write(bytes);
    swallowed -= 1;
  });
  far.on('data', (bytes) => {
    near.write(bytes);
    left -= 1;
    if (broken && left <= 0) near.resetAndDestroy();
  });
  for (const socket of [near, far]) socket.on('close', end).on('error', end);
});
await new Promise<void>((resolve) => line.listen(0, '127.0.0.1', resolve));
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  line.close();
  await redis.kill();
});
const url = `redis://127.0.0.1:${(line.address() as AddressInfo).port}`;

it('subscribes again on its own, and leaves no rejection unhandled', async () => {
  const unheard: unknown[] = [];
  const hear = (reason: unknown): void => void unheard.push(reason);
  process.on('unhandledRejection', hear);
  const make = (id: string) =>
    Netron.create({
      id,
      listenPort: 0,
      logLevel: 'silent',
      remoteEvents: true,
      discovery: { backend: redisDiscovery(url), interval: 100 },
      events: { cluster: redisBackplane(url) },
    });
  const nodes = [await make('a'), await make('b')] as const;
  const heard: unknown[] = [];
  try {
    nodes[0].subscribe('x', (data) => heard.push(data));
    broken = true;
    for (const socket of [...sockets]) socket.destroy();
    const before = connections;
    await until(() => connections > before + 60);
    broken = false;
    await until(() => nodes.every(({ discovery, backplane }) => discovery.state === 'ready' && backplane?.up === true));
    await until(() => nodes[1].subscriberCount('x') === 1);
    nodes[1].publish('x', 'healed');
    await until(() => heard.length > 0);
  } finally {
    for (const node of nodes) await node.stop();
    process.off('unhandledRejection', hear);
  }
  expect(unheard).toEqual([]);
});

it('subscribes to its channels again when the server has not answered in time', async () => {
  swallowed = 1;
  const backplane = redisBackplane({ url, commandTimeout: 200 });
  let up = false;
  const heard: string[] = [];
  await backplane.subscribe('x');
  const started = backplane.start({
    clock: new VirtualClock(),
    random: () => 0.5,
    namespace: 'slow',
    receive: (channel) => heard.push(channel),
    up: () => {
      up = true;
    },
    down: () => {
      up = false;
    },
  });
  await started.catch(() => {});
  await eventually(async () => {
    expect(up).toBe(true);
    await backplane.publish('x', new Uint8Array([1]));
    expect(heard).toContain('x');
  });
  await backplane.stop();
  expect(swallowed).toBe(0);
});

it('a channel that the server refuses is told as its state, and asked for again over the same connections', async () => {
  const admin = new Redis(redis.url);
  const made = async (): Promise<string | undefined> => /total_connections_received:(\d+)/.exec(await admin.info('stats'))?.[1];
  await admin.call('ACL', 'SETUSER', 'some', 'on', '>secret', '~*', '+@all', 'resetchannels');
  const clock = new VirtualClock();
  const backplane = redisBackplane({ url: redis.url, username: 'some', password: 'secret' });
  const told: string[] = [];
  const heard: string[] = [];
  await backplane.subscribe('x');
  const started = backplane.start({
    clock,
    random: () => 0.5,
    namespace: 'refused',
    receive: (channel) => heard.push(channel),
    up: () => told.push('up'),
    down: ({ message }) => told.push(message),
  });
  await expect(started).rejects.toThrow('NOPERM');
  const before = await made();
  await eventually(async () => {
    await clock.advance(2_000);
    expect(told.length).toBeGreaterThan(3);
  });
  expect([await made(), told.filter((text) => !text.startsWith('NOPERM'))]).toEqual([before, []]);
  await admin.call('ACL', 'SETUSER', 'some', 'allchannels');
  await eventually(async () => {
    await clock.advance(2_000);
    expect(told.at(-1)).toBe('up');
  });
  await admin.call('ACL', 'SETUSER', 'some', 'resetchannels', '&*:events:x');
  await backplane.subscribe('y');
  expect(told.at(-1)).toMatch('NOPERM');
  await admin.call('ACL', 'SETUSER', 'some', 'allchannels');
  await eventually(async () => {
    await clock.advance(2_000);
    await admin.publish('{netron:refused}:events:y', 'y');
    expect(heard).toContain('y');
  });
  await backplane.stop();
  admin.disconnect();
});
