export { redisBackplane } from './backplane.js';
export type { RedisConnection, RedisConnectionOptions, RedisNameOptions } from './clients.js';
export { redisDiscovery } from './discovery.js';
export { RedisDiscovery, type RedisDiscoveryConfig } from './registry.js';
export { RedisIdempotency } from './state/idempotency.js';
export { type LimitRule, type LimitState, SlidingWindowRateLimiter } from './state/limiter.js';
export type { Seal } from './state/results.js';
export type { RevocationList } from './state/revocations.js';
export { RedisState, type RedisStateOptions } from './state/state.js';
