/** Connections between the nodes of a mesh, over which they receive each other's events. */
import type { RemotePeer } from '../peer/remote-peer.js';
import type { Endpoint } from './endpoint.js';
import type { Endpoints } from './endpoints.js';
import { EveryNode } from './every-node.js';

/** Name of the service by which nodes of a mesh find each other. */
export const meshService = 'netron-events';

/** Handler of an event. */
export type MeshHandler = (data: unknown, event: string) => unknown;

export class Mesh {
  readonly #everywhere: EveryNode<RemotePeer>;

  /** @param failed called with errors of nodes that refuse a subscription */
  constructor(endpoints: Endpoints, failed: (error: unknown) => void) {
    this.#everywhere = new EveryNode(endpoints, ({ peer }: Endpoint) => peer, failed);
  }

  /** Subscribes to events of all other nodes. Returns a function that ends this. */
  subscribe(pattern: string, handler: MeshHandler): () => void {
    const end = this.#everywhere.keep((peer) => peer.subscribe(pattern, handler));
    return () => void end();
  }
}
