export type { NatsDiscoveryConnection, NatsDiscoveryOptions } from './connection.js';
export { natsDiscovery } from './discovery.js';
