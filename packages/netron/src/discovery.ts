/** Registries of nodes, and what they are made of. */

export { type LocalDiscoveryOptions, localDiscovery } from '#discovery';
export { networkAddresses } from './discovery/advertise.js';
export type { BackendHost, BackendListener, DiscoveryBackend, RegistryView } from './discovery/backend.js';
export type { QueryInput } from './discovery/catalog.js';
export type { Discovery, DiscoveryEvents, DiscoveryState, Explanation } from './discovery/discovery.js';
export { MemoryRegistry, memoryDiscovery } from './discovery/memory.js';
export type { NodeInfo, ServiceInfo, ServiceQuery } from './discovery/node-info.js';
export type { DiscoveryNodeOptions, DiscoveryOptions, DiscoverySource, NodeDescription } from './discovery/options.js';
export { recordLimits } from './discovery/read-record.js';
export type { BackendState } from './discovery/registry.js';
export { type StaticNode, staticDiscovery } from './discovery/static.js';
