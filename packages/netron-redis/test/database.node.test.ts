/** A database that the Redis server does not have is an error: database 0 is not used in its place. */
import { Netron, type NetronOptions } from '@omnitron-dev/netron';
import { Redis } from 'ioredis';
import { afterAll, expect, it } from 'vitest';
import { redisBackplane, redisDiscovery } from '../src/index.js';
import { Commands } from '../src/state/commands.js';
import { patience, redisServer } from './redis-server.js';

const redis = await redisServer();
const wrong = `${redis.url}/99`;
const reason = /DB index is out of range/;
const ends: (() => unknown)[] = [];
afterAll(async () => {
  for (const end of ends) await end();
  await redis.kill();
});

const make = async (options: NetronOptions): Promise<Netron> => {
  const node = await Netron.create({ listenPort: 0, logLevel: 'silent', ...options });
  ends.push(() => node.stop());
  return node;
};
/** Names of the keys in database 0. */
const keys = async (): Promise<string[]> => {
  const admin = new Redis(redis.url);
  try {
    return await admin.keys('*');
  } finally {
    admin.disconnect();
  }
};

it('a registry there is degraded and reports why; with `required` the node does not start', async () => {
  const node = await make({ discovery: { backend: redisDiscovery(wrong) } });
  expect(node.discovery.state).toBe('degraded');
  expect(node.discovery.backends).toMatchObject([{ up: false, error: { message: expect.stringMatching(reason) } }]);
  await expect(make({ discovery: { backend: redisDiscovery(wrong), required: true } })).rejects.toThrow(reason);
  expect(await keys()).toEqual([]);
});

it('a backplane there is down and reports why; with `required` the node does not start', async () => {
  const node = await make({ events: { cluster: redisBackplane(wrong) }, remoteEvents: true });
  expect(node.backplane).toMatchObject({ up: false, error: { message: expect.stringMatching(reason) } });
  await expect(make({ events: { cluster: redisBackplane(wrong), required: true }, remoteEvents: true })).rejects.toThrow(reason);
});

it('state is not stored there', async () => {
  const commands = new Commands(wrong, {}, patience);
  ends.push(() => commands.close());
  const health = { healthy: false, message: 'Redis is not available: ERR DB index is out of range' };
  expect(await commands.health()).toEqual(health);
  // Also when no further request is made.
  expect(await commands.health()).toEqual(health);
  // Callers may receive the error: its message says nothing about the server.
  const cause = expect.objectContaining({ message: 'ERR DB index is out of range' });
  await expect(commands.run('any', [], [])).rejects.toMatchObject({
    code: 'unavailable',
    message: 'Redis is not available',
    cause,
  });
  expect(await keys()).toEqual([]);
});

it('an existing database is used', async () => {
  const node = await make({ discovery: { backend: redisDiscovery(`${redis.url}/3`), required: true } });
  expect(node.discovery.state).toBe('ready');
  expect(await keys()).toEqual([]);
});
