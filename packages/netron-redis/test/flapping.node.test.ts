/** A connection to Redis that breaks shortly after each connect: no rejection stays unhandled, and everything recovers. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Netron } from '@omnitron-dev/netron';
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

it('subscribes again by itself, and leaves no rejection unhandled', async () => {
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

it('asks for its channels again when the server has not answered in time', async () => {
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
