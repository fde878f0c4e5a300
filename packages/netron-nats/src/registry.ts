import type { Logger } from '@omnitron-dev/netron';
import { type RegistryConfig, RegistryDiscovery } from '@omnitron-dev/netron/discovery';
import { besideNames, type NatsDiscoveryConnection, type NatsNameOptions, prefixOf } from './connection.js';
import { natsDiscovery } from './discovery.js';

/** Options of `NatsDiscovery`. */
export interface NatsDiscoveryConfig extends RegistryConfig, NatsNameOptions {}

/** Registry of services in NATS for programs without a node; shared with nodes that use `natsDiscovery`. */
export class NatsDiscovery extends RegistryDiscovery {
  /**
   * @param nats a URL, options of `@nats-io/transport-node`, or a connection, which stays open
   * @param logger default: lines of JSON on standard error
   * @throws TypeError for unknown options
   */
  constructor(nats: NatsDiscoveryConnection, logger?: Logger, config: NatsDiscoveryConfig = {}) {
    super(() => natsDiscovery(nats, { prefix: prefixOf(nats, config) }), logger, config, besideNames);
  }
}
