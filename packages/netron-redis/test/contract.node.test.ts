import { Redis } from 'ioredis';
import { afterAll } from 'vitest';
import { testDiscovery } from '../../netron/test/contract/discovery.js';
import { redisDiscovery } from '../src/index.js';
import { redisServer } from './redis-server.js';

const server = await redisServer();
const redis = new Redis(server.url);
afterAll(async () => {
  redis.disconnect();
  await server.kill();
});

testDiscovery('redis', {
  backend: () => redisDiscovery(server.url),
  async plant(namespace, id, record) {
    const space = `{netron:${namespace}}`;
    await redis.hset(`${space}:n:${id}`, { i: 'planted', d: id, j: record });
    await redis.zadd(`${space}:l`, Date.now() + 60_000, id);
    await redis.zadd(`${space}:c`, await redis.incr(`${space}:r`), id);
  },
});
