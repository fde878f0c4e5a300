export { type LocalDiscoveryOptions, localDiscovery } from './local.js';
