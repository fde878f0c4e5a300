/** Entry `netron/discovery`: registries of nodes, backplanes, load balancers, and the parts to build further ones. */

export { type DnsDiscoveryOptions, dnsDiscovery, type LocalDiscoveryOptions, localDiscovery } from '#discovery';
export type { BalancerName } from './balance/balancer-names.js';
export {
  type BalancerOptions,
  balancerOf,
  consistentHash,
  LeastConnectionsLB,
  nearest,
  p2c,
  randomChoice,
  roundRobin,
  weighted,
} from './balance/balancers.js';
export type { BalancedPeer, BalancingContext, LoadBalancer } from './balance/load-balancer.js';
export { near } from './balance/locality.js';
export type { OutlierOptions } from './balance/outlier-options.js';
export { Outliers } from './balance/outliers.js';
export { subsetOf } from './balance/subset.js';
export type { Backplane, BackplaneHost, BackplaneState } from './cluster/backplane/backplane.js';
export { MemoryBroker, memoryBackplane } from './cluster/backplane/memory.js';
export type { BackendHost, BackendListener, DiscoveryBackend, RegistryView } from './discovery/backend.js';
export type { QueryInput } from './discovery/catalog.js';
export { CompositeDiscovery, type ReadableDiscovery } from './discovery/composite.js';
export type { Discovery, DiscoveryEvents, DiscoveryState } from './discovery/discovery.js';
export type { Explanation, NodeUse } from './discovery/explain.js';
export type { Grace } from './discovery/grace.js';
export { MemoryRegistry, memoryDiscovery } from './discovery/memory.js';
export type { NodeInfo, ServiceInfo, ServiceQuery } from './discovery/node-info.js';
export type { DiscoveryNodeOptions, DiscoveryOptions, DiscoverySource, NodeDescription } from './discovery/options.js';
export { type NamedRun, recordLimits, runOf } from './discovery/read-record.js';
export type { BackendState } from './discovery/registry.js';
export { type RegistryConfig, RegistryDiscovery } from './discovery/registry-discovery.js';
export type { ServiceDiscovery, ServiceRegistration } from './discovery/service-discovery.js';
export { type StaticNode, staticDiscovery } from './discovery/static.js';
export {
  type Announcement,
  type Store,
  type StoreBackendOptions,
  type StoreHost,
  storeBackend,
} from './discovery/store-backend.js';
export { StoreNodes } from './discovery/store-nodes.js';
export type { WaitOptions } from './discovery/wait.js';
