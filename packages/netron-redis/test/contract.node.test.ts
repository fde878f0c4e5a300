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

/** Writes as anyone could who knows the names of the keys; leases use the server's clock. */
const script = `
local now = redis.call('TIME')[1] * 1000
for index = 1, #ARGV, 2 do
  local id, record = ARGV[index], ARGV[index + 1]
  redis.call('HSET', KEYS[1] .. ':n:' .. id, 'i', 'planted', 'd', id, 'j', record)
  redis.call('ZADD', KEYS[1] .. ':l', now + 600000, id)
  redis.call('ZADD', KEYS[1] .. ':c', redis.call('INCR', KEYS[1] .. ':r'), id)
end`;

async function plantMany(namespace: string, records: readonly (readonly [string, string])[]): Promise<void> {
  const pages: Promise<unknown>[] = [];
  for (let from = 0; from < records.length; from += 1_000)
    pages.push(redis.eval(script, 1, `{netron:${namespace}}`, ...records.slice(from, from + 1_000).flat()));
  await Promise.all(pages);
}

testDiscovery('redis', {
  backend: () => redisDiscovery({ url: server.url, commandTimeout: 60_000 }),
  async plant(namespace, id, record) {
    await plantMany(namespace, [[id, record]]);
  },
  plantMany,
});
