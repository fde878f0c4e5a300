export { natsBackplane } from './backplane.js';
export type { NatsDiscoveryConnection, NatsDiscoveryOptions, NatsNameOptions } from './connection.js';
export { natsDiscovery } from './discovery.js';
export { NatsDiscovery, type NatsDiscoveryConfig } from './registry.js';
