import type { Logger } from '@omnitron-dev/netron';
import { type RegistryConfig, RegistryDiscovery } from '@omnitron-dev/netron/discovery';
import { besideNames, prefixOf, type RedisConnection, type RedisNameOptions } from './clients.js';
import { redisDiscovery } from './discovery.js';

/** Options of `RedisDiscovery`. */
export interface RedisDiscoveryConfig extends RegistryConfig, RedisNameOptions {}

/** Registry of services in Redis for programs without a node; shared with nodes that use `redisDiscovery`. */
export class RedisDiscovery extends RegistryDiscovery {
  /**
   * @param redis a URL, options of ioredis, or a client, which is copied and not used itself
   * @param logger default: lines of JSON on standard error
   * @throws TypeError for unknown options
   */
  constructor(redis: RedisConnection, logger?: Logger, config: RedisDiscoveryConfig = {}) {
    super(() => redisDiscovery(redis, { prefix: prefixOf(redis, config) }), logger, config, besideNames);
  }
}
