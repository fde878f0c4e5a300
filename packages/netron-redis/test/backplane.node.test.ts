/** Events through a real Redis. */
import { Redis } from 'ioredis';
import { describeBackplane } from '../../netron/test/contract/backplane.js';
import { redisBackplane } from '../src/index.js';
import { type RedisServer, redisServer } from './redis-server.js';

let server: RedisServer;
let admin: Redis;

describeBackplane({
  name: 'redis',
  begin: async () => {
    server = await redisServer();
    admin = new Redis(server.url);
    admin.on('error', () => {});
  },
  end: async () => {
    admin.disconnect();
    await server.kill();
  },
  backplane: () => redisBackplane(server.url),
  plant: async (namespace, channel, message) => {
    await admin.publish(`{netron:${namespace}}:events:${channel}`, Buffer.from(message));
  },
  fail: () => server.kill(),
  mend: () => server.start(),
});
