export { type DnsDiscoveryOptions, dnsDiscovery } from './dns.js';
export { hmac } from './hmac.js';
export { type LocalDiscoveryOptions, localDiscovery } from './local.js';
