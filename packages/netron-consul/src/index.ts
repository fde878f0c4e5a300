export type { ConsulOptions } from './api.js';
export type { ConsulClient } from './client.js';
export { type ConsulConnection, type ConsulNameOptions, consulDiscovery } from './discovery.js';
export { ConsulDiscovery, type ConsulDiscoveryConfig } from './registry.js';
