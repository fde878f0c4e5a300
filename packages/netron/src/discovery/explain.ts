/** Explains which nodes are called for a query, and why. */
import { type Catalog, hasLabels } from './catalog.js';
import type { NodeInfo, ServiceQuery } from './node-info.js';
import type { Registry } from './registry.js';
import { versionFilter } from './version-filter.js';

/** Reason why a node is called for a query, or not. */
export interface Explanation {
  readonly node: NodeInfo;
  /** Whether it may be called. */
  readonly used: boolean;
  readonly reason: string;
  /** Versions of the service that are registered for the node. */
  readonly versions: readonly string[];
  readonly connected: boolean;
  /** Whether a registry lists it; otherwise it is known only by its connection. */
  readonly listed: boolean;
}

/** Whether calls use a node, with the reason. */
export interface NodeUse {
  /** Id of the node. */
  readonly node: string;
  readonly used: boolean;
  readonly reason: string;
}

/** Returns every node that has a service of the query's name, with the reason why it is called or not. */
export async function explain(
  query: ServiceQuery,
  catalog: Pick<Catalog, 'named'>,
  registry: Pick<Registry, 'listed' | 'nodes'>,
  own: { connected(id: string): boolean },
  uses: readonly NodeUse[],
): Promise<Explanation[]> {
  const { name, version, labels } = query;
  const filter = await versionFilter(version);
  const all = catalog.named(name);
  const fitting = filter([...new Set(all.filter(({ node }) => node.status === 'up').map((service) => service.version))]);
  const used = new Map(uses.map((use) => [use.node, use]));
  const named = new Map(all.map(({ node }) => [node.id, node]));
  // Nodes without registered services: known only by their connections.
  const others = [...used.keys()].flatMap((id) => registry.nodes.get(id) ?? []);
  const unnamed = others.filter(({ id, services }) => services === undefined && !named.has(id));
  return [...named.values(), ...unnamed].map((node) => {
    const versions = all.filter((service) => service.node.id === node.id).map((service) => service.version);
    // A node that is listed by its address has another id as a peer.
    const connected = own.connected(node.id) || used.get(node.id)?.used === true;
    const listed = registry.listed(node.id);
    const reason =
      node.status !== 'up'
        ? 'it is draining'
        : !hasLabels(node, labels)
          ? 'it does not have the labels'
          : named.has(node.id) && !versions.some((candidate) => fitting.has(candidate))
            ? `its versions are not in the range ${version ?? 'latest'}`
            : undefined;
    const use = reason === undefined ? used.get(node.id) : undefined;
    return {
      node,
      used: use?.used ?? reason === undefined,
      reason: reason ?? use?.reason ?? 'it fits',
      versions,
      connected,
      listed,
    };
  });
}
