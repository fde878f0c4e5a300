/** Descriptions of nodes and services, as registries store them and programs receive them. */

/** One run of a node, as it describes itself. */
export interface NodeInfo {
  /** Id of the node; the same after a restart if the program sets it. */
  readonly id: string;
  /** Id of the run: differs from run to run. */
  readonly instance: string;
  /** Start of the run, in milliseconds since 1970 by the clock of its machine. For information only. */
  readonly started: number;
  /** Addresses for `connect`; the first is preferred. */
  readonly addresses: readonly string[];
  /** `draining`: the node accepts no new calls. */
  readonly status: 'up' | 'draining';
  /** Its services as `name@version`; absent: known only after connecting. */
  readonly services?: readonly string[];
  readonly region?: string;
  readonly zone?: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Its share of calls relative to other nodes, for balancers that use weights. Default 1. */
  readonly weight: number;
  /** Version of the program. */
  readonly version?: string;
  /** Load, from 0 to 1. */
  readonly load?: number;
}

/** One service of one node. */
export interface ServiceInfo {
  /** Unique id: made of the node's id, the name and the version. */
  readonly id: string;
  readonly name: string;
  readonly version: string;
  /** Address for `connect`: the first of the node's addresses. */
  readonly address: string;
  /** Names of the transports over which it is served, for instance `websocket`. */
  readonly transports: readonly string[];
  readonly node: NodeInfo;
}

/** A query for services. */
export interface ServiceQuery {
  readonly name: string;
  /** An exact version, a range as in package.json, or `latest`. Default: the highest major version available. */
  readonly version?: string;
  /** Labels that the node must have. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Queries the registries first. Default `false`: answers from the known nodes, which are kept up to date. */
  readonly fresh?: boolean;
}

/** Names of transports by the scheme of their addresses, where the two differ. */
const transports: Readonly<Record<string, string>> = { ws: 'websocket', wss: 'websocket' };

/** Returns the services of a node; none while they are not known. */
export function servicesOf(node: NodeInfo): ServiceInfo[] {
  const names = node.addresses.map((address) => schemeOf(address));
  const served = [...new Set(names.map((scheme) => transports[scheme] ?? scheme))];
  return (node.services ?? []).map((service) => {
    const at = service.lastIndexOf('@');
    return {
      id: `${node.id}/${service}`,
      name: service.slice(0, at),
      version: service.slice(at + 1),
      address: node.addresses[0] ?? '',
      transports: served,
      node,
    };
  });
}

/** Returns the scheme of an address, for instance `ws`; an empty string when it has none. */
export function schemeOf(address: string): string {
  return /^([a-z][a-z0-9+.-]*):/.exec(address)?.[1] ?? '';
}
