/** Connections to the nodes that services are called at: one for each node and number, for all services together. */
import type { NodeInfo } from '../discovery/node-info.js';
import type { RemotePeer } from '../peer/remote-peer.js';
import type { ClusterNode } from './cluster-node.js';
import { DialSlots } from './dial-slots.js';
import { NodeConnection } from './node-connection.js';

export class Connector {
  readonly #node: ClusterNode;
  readonly #connected: () => void;
  readonly #slots = new DialSlots();
  readonly #connections = new Map<string, NodeConnection>();

  /** @param connected called when a node was reached */
  constructor(node: ClusterNode, connected: () => void) {
    this.#node = node;
    this.#connected = connected;
  }

  /** Peers that were found by what registries say of nodes, by the ids that these have there. */
  *peers(): Generator<[id: string, peer: RemotePeer]> {
    for (const [key, { peer }] of this.#connections) if (peer !== undefined) yield [idOf(key), peer];
  }

  /** The peer of a node, by the node's id in the registry. */
  peerOf(id: string): RemotePeer | undefined {
    return this.#connections.get(keyOf(id, 1))?.peer;
  }

  /** The connection of that number to a node. */
  to(info: NodeInfo, number: number): NodeConnection {
    const key = keyOf(info.id, number);
    let connection = this.#connections.get(key);
    if (connection === undefined) {
      connection = new NodeConnection(this.#node, this.#slots, info, number === 1, {
        connected: this.#connected,
        gone: () => this.#connections.delete(key),
      });
      this.#connections.set(key, connection);
    } else connection.update(info);
    return connection;
  }

  /** Peers have come or gone. */
  look(): void {
    for (const connection of [...this.#connections.values()]) connection.look();
  }
}

function keyOf(id: string, number: number): string {
  return `${number} ${id}`;
}

function idOf(key: string): string {
  return key.slice(key.indexOf(' ') + 1);
}
