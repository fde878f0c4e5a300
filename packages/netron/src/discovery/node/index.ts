export { type DnsDiscoveryOptions, dnsDiscovery } from './dns.js';
export { type LocalDiscoveryOptions, localDiscovery } from './local.js';
