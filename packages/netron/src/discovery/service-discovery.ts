import type { HealthStatus } from '../util/health-status.js';
import type { ServiceInfo, ServiceQuery } from './node-info.js';

/** A service as a program registers it. */
export interface ServiceRegistration extends Pick<ServiceInfo, 'name' | 'version' | 'address'> {
  /** Id for `unregister` and `health`. Default: made of the node, the name and the version. */
  readonly id?: string;
  /** Port, when `address` is only a host. */
  readonly port?: number;
  /** Names of transports; the first gives `address` a scheme when it has none. Default `websocket`. */
  readonly transports?: readonly string[];
  /** Description of the node that serves it: services with the same node id belong to one node. Default: the address. */
  readonly node?: Partial<ServiceInfo['node']>;
}

/** A registry of services, for programs without a node. */
export interface ServiceDiscovery {
  /** Announces a service until it is unregistered or this registry is closed. */
  register(service: ServiceRegistration): Promise<void>;
  unregister(id: string): Promise<void>;
  /** Returns the services that match, of nodes that accept calls. */
  discover(query: ServiceQuery): Promise<ServiceInfo[]>;
  /** Calls back soon with the services that match, and whenever they change. Returns a function that ends this. */
  watch(query: ServiceQuery, callback: (services: ServiceInfo[]) => void): () => void;
  /** Returns the known health of a service or a node. */
  health(id: string): Promise<HealthStatus>;
}
