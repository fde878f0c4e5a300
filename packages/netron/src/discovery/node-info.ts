/** Descriptions of nodes and services, as registries hold them and programs get them. */

/** One run of a node, as it describes itself. */
export interface NodeInfo {
  /** The node's id; the same after a restart when the program has given it. */
  readonly id: string;
  /** Differs from run to run. */
  readonly instance: string;
  /** Begin of the run, in milliseconds since 1970 by that machine's clock. For people: nothing is decided by it. */
  readonly started: number;
  /** Addresses for `connect`; the first is preferred. */
  readonly addresses: readonly string[];
  /** `draining`: it takes no new work. */
  readonly status: 'up' | 'draining';
  /** Its services as `name@version`; absent: known once connected. */
  readonly services?: readonly string[];
  readonly region?: string;
  readonly zone?: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Share of calls that it gets beside others, for balancers that look at it. Default 1. */
  readonly weight: number;
  /** Version of the program. */
  readonly version?: string;
  /** Load, from 0 to 1. */
  readonly load?: number;
}

/** One service of one node. */
export interface ServiceInfo {
  /** Unique among all: the node's id, the name and the version. */
  readonly id: string;
  readonly name: string;
  readonly version: string;
  /** For `connect`: the first of the node's addresses. */
  readonly address: string;
  /** Names of the transports by which it is served, for instance `websocket`. */
  readonly transports: readonly string[];
  readonly node: NodeInfo;
}

/** A question for services. */
export interface ServiceQuery {
  readonly name: string;
  /** An exact version, a range as in package.json, or `latest`. Default: the highest major version that is there. */
  readonly version?: string;
  /** Labels that the node must have. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Asks the registry first. Default `false`: answers from what is known, which is kept up to date. */
  readonly fresh?: boolean;
}

/** Names of transports by the scheme of their addresses, where the two differ. */
const transports: Readonly<Record<string, string>> = { ws: 'websocket', wss: 'websocket' };

/** The services of a node; none while they are not known. */
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

/** The scheme of an address, for instance `ws`; empty when it has none. */
export function schemeOf(address: string): string {
  return /^([a-z][a-z0-9+.-]*):/.exec(address)?.[1] ?? '';
}
