export type { RedisConnection, RedisConnectionOptions } from './clients.js';
export { redisDiscovery } from './discovery.js';
