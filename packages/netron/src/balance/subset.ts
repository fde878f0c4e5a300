import { hash } from './hash.js';

/**
 * Returns the order in which this client connects to nodes: stable for the same nodes and different for each client, so that all
 * clients together use the nodes evenly (rendezvous hashing). When nodes are added or removed, the others keep their order.
 *
 * @param client the id of the node that chooses
 */
export function orderOf<T extends { readonly id: string }>(client: string, nodes: readonly T[]): T[] {
  return nodes
    .map((node) => [hash(`${client} ${node.id}`), node] as const)
    .sort(([a], [b]) => b - a)
    .map(([, node]) => node);
}

/** Returns the first nodes of a client's order. @param size maximum number of nodes */
export function subsetOf<T extends { readonly id: string }>(client: string, nodes: readonly T[], size: number): readonly T[] {
  return nodes.length <= size ? nodes : orderOf(client, nodes).slice(0, size);
}
