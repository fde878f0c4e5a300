import type { Logger } from '@omnitron-dev/netron';
import { type RegistryConfig, RegistryDiscovery } from '@omnitron-dev/netron/discovery';
import { besideNames, type ConsulConnection, type ConsulNameOptions, consulDiscovery } from './discovery.js';

/** Options of `ConsulDiscovery`. */
export interface ConsulDiscoveryConfig extends RegistryConfig, ConsulNameOptions {}

/** Registry of services in Consul for programs without a node; shared with nodes that use `consulDiscovery`. */
export class ConsulDiscovery extends RegistryDiscovery {
  /**
   * @param consul address of an agent, options, or a client of the package `consul`
   * @param logger default: lines of JSON on standard error
   * @throws TypeError for unknown options
   */
  constructor(consul: ConsulConnection, logger?: Logger, config: ConsulDiscoveryConfig = {}) {
    super(
      () => consulDiscovery(consul, config.prefix === undefined ? {} : { prefix: config.prefix }),
      logger,
      config,
      besideNames,
    );
  }
}
