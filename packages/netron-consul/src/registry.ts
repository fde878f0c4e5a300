import type { Logger } from '@omnitron-dev/netron';
import { type RegistryConfig, RegistryDiscovery } from '@omnitron-dev/netron/discovery';
import { besideNames, type ConsulConnection, type ConsulNameOptions, consulDiscovery } from './discovery.js';

/** Settings of `ConsulDiscovery`. */
export interface ConsulDiscoveryConfig extends RegistryConfig, ConsulNameOptions {}

/** Services in Consul for programs without a node: the same registry that nodes with `consulDiscovery` use. */
export class ConsulDiscovery extends RegistryDiscovery {
  /**
   * @param consul address of an agent, options, or a client of the package `consul`
   * @param logger default: lines of JSON on standard error
   * @throws TypeError for unknown settings
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
