export { natsBackplane } from './backplane.js';
export type { NatsDiscoveryConnection, NatsDiscoveryOptions } from './connection.js';
export { natsDiscovery } from './discovery.js';
