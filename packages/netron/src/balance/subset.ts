import { hash } from './hash.js';

/**
 * The order in which this client connects to nodes: the same as long as they are the same, another for each client, so that together all
 * are used alike (rendezvous hashing). When nodes come or go the others keep their order.
 *
 * @param client the id of the node that chooses
 */
export function orderOf<T extends { readonly id: string }>(client: string, nodes: readonly T[]): T[] {
  return nodes
    .map((node) => [hash(`${client} ${node.id}`), node] as const)
    .sort(([a], [b]) => b - a)
    .map(([, node]) => node);
}

/** The first nodes of a client's order. @param size how many; all when there are fewer */
export function subsetOf<T extends { readonly id: string }>(client: string, nodes: readonly T[], size: number): readonly T[] {
  return nodes.length <= size ? nodes : orderOf(client, nodes).slice(0, size);
}
