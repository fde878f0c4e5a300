import { hash } from './hash.js';

/**
 * The part of the nodes that this client connects to: the same as long as they are the same, another for each client, so that
 * together all are used alike (rendezvous hashing). When nodes come or go only their share changes.
 *
 * @param client the id of the node that chooses
 * @param size how many; all when there are fewer
 */
export function subsetOf<T extends { readonly id: string }>(client: string, nodes: readonly T[], size: number): readonly T[] {
  if (nodes.length <= size) return nodes;
  return nodes
    .map((node) => [hash(`${client} ${node.id}`), node] as const)
    .sort(([a], [b]) => b - a)
    .slice(0, size)
    .map(([, node]) => node);
}
