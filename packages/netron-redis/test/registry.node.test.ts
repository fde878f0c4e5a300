/** The registry of the founding documents: `new RedisDiscovery(redis, logger, { prefix, ttl })`. */
import type { ServiceInfo } from '@omnitron-dev/netron/discovery';
import { Redis } from 'ioredis';
import { afterAll, expect, it } from 'vitest';
import { longTtl } from '../../netron/test/contract/discovering.js';
import { knows, startNode, stopNodes } from '../../netron/test/contract/found-nodes.js';
import { quiet } from '../../netron/test/integration/nodes.js';
import { RedisDiscovery, redisDiscovery } from '../src/index.js';
import { redisServer } from './redis-server.js';

const server = await redisServer();
afterAll(async () => {
  await stopNodes();
  await server.kill();
});

it('DI-08: RedisDiscovery registers and finds services through a client, under a prefix, together with nodes', async () => {
  const redis = new Redis(server.url);
  const config = { prefix: 'shop', ttl: longTtl, interval: 200 };
  const one = new RedisDiscovery(redis, quiet, config);
  const watched = new Promise<ServiceInfo[]>((resolve) =>
    one.watch({ name: 'users' }, (services) => {
      if (services.length > 0) resolve(services);
    }),
  );
  await using other = new RedisDiscovery(server.url, quiet, config);
  await other.register({ name: 'users', version: '1.0.0', address: 'ws://10.0.0.1:80' });
  expect(await watched).toMatchObject([{ name: 'users', version: '1.0.0', address: 'ws://10.0.0.1:80' }]);
  const node = await startNode('node', { backend: redisDiscovery(redis, { prefix: 'shop' }), interval: 200, ttl: longTtl });
  await knows(node, 'node', 'ws://10.0.0.1:80');
  // The service is announced after the node that exposes it.
  await expect.poll(() => one.discover({ name: 'node', fresh: true })).toMatchObject([{ node: { id: 'node' } }]);
  expect((await redis.keys('*')).filter((key) => !key.startsWith('{shop:default}:'))).toEqual([]);
  await one.close();
  expect(await redis.ping()).toBe('PONG');
  redis.disconnect();
});
