import type { Logger } from '@omnitron-dev/netron';
import { type RegistryConfig, RegistryDiscovery } from '@omnitron-dev/netron/discovery';
import { besideNames, prefixOf, type RedisConnection, type RedisNameOptions } from './clients.js';
import { redisDiscovery } from './discovery.js';

/** Settings of `RedisDiscovery`. */
export interface RedisDiscoveryConfig extends RegistryConfig, RedisNameOptions {}

/** Services in Redis for programs without a node: the same registry that nodes with `redisDiscovery` use. */
export class RedisDiscovery extends RegistryDiscovery {
  /**
   * @param redis a URL, options of ioredis, or a client, which is copied and stays as it is
   * @param logger default: lines of JSON on standard error
   * @throws TypeError for unknown settings
   */
  constructor(redis: RedisConnection, logger?: Logger, config: RedisDiscoveryConfig = {}) {
    super(() => redisDiscovery(redis, { prefix: prefixOf(redis, config) }), logger, config, besideNames);
  }
}
