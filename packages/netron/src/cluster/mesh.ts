/** Connections between the nodes whose events reach each other: what is begun at each of them, and what they know of their members. */
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

  /** @param failed told of nodes that do not let this one hear */
  constructor(endpoints: Endpoints, failed: (error: unknown) => void) {
    this.#everywhere = new EveryNode(endpoints, ({ peer }: Endpoint) => peer, failed);
  }

  /** Hears events of all other nodes. Returns what ends that. */
  subscribe(pattern: string, handler: MeshHandler): () => void {
    const end = this.#everywhere.keep((peer) => peer.subscribe(pattern, handler));
    return () => void end();
  }
}
