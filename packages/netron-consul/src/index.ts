export type { ConsulOptions } from './api.js';
export { consulDiscovery } from './discovery.js';
