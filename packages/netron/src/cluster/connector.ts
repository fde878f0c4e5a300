/**
 * Connections to the nodes at which services are called: one for each node, number and kind of session, shared by all
 * services.
 */
import type { NodeInfo } from '../discovery/node-info.js';
import type { RemotePeer } from '../peer/remote-peer.js';
import type { SessionOptions } from '../peer/session/session-options.js';
import type { ClusterNode } from './cluster-node.js';
import { DialSlots } from './dial-slots.js';
import { LastServices } from './last-services.js';
import { LeavingPeers } from './leaving-peers.js';
import { NodeConnection } from './node-connection.js';

export class Connector {
  readonly #node: ClusterNode;
  readonly #connected: () => void;
  readonly #slots = new DialSlots();
  readonly #leaving: LeavingPeers;
  /** Latest known services of nodes whose registries do not list them. */
  readonly lastServices: LastServices;
  /** Connections by the node's id in the registry, then by number and session. */
  readonly #nodes = new Map<string, Map<string, NodeConnection>>();

  /** @param connected called when a node was reached, or its services may have changed */
  constructor(node: ClusterNode, connected: () => void) {
    this.#node = node;
    this.#connected = connected;
    this.#leaving = new LeavingPeers(node.scheduler);
    this.lastServices = new LastServices(node, connected);
  }

  /** Peers that were connected through registries, with their ids there. */
  *peers(): Generator<[id: string, peer: RemotePeer]> {
    for (const [id, connections] of this.#nodes)
      for (const { peer } of connections.values()) if (peer !== undefined) yield [id, peer];
  }

  /** Returns a peer of a node, by the node's id in the registry. */
  peerOf(id: string): RemotePeer | undefined {
    for (const { peer } of this.#nodes.get(id)?.values() ?? []) if (peer !== undefined) return peer;
    return undefined;
  }

  /** Returns the connection to a node with a given number and session; makes it when there is none. */
  to(info: NodeInfo, number: number, session: boolean | SessionOptions = true): NodeConnection {
    const connections = this.#nodes.get(info.id) ?? new Map<string, NodeConnection>();
    this.#nodes.set(info.id, connections);
    const key = keyOf(number, session);
    let connection = connections.get(key);
    if (connection === undefined) {
      const kind = { shared: number === 1 && session === true, session };
      connection = new NodeConnection(this.#node, this.#slots, info, kind, {
        connected: () => {
          this.lastServices.connected(info.id);
          this.#connected();
        },
        servicesChanged: () => this.#connected(),
        gone: (peer) => this.#forget(info, key, peer),
        leaving: this.#leaving,
      });
      connections.set(key, connection);
    } else connection.update(info);
    return connection;
  }

  /** Call when peers have connected or disconnected. */
  look(): void {
    const all = [...this.#nodes.values()].flatMap((connections) => [...connections.values()]);
    for (const connection of all) connection.look();
  }

  close(): void {
    this.lastServices.close();
  }

  #forget({ id, services }: NodeInfo, key: string, peer: RemotePeer | undefined): void {
    if (services === undefined && peer?.state === 'ready') {
      const own = peer.getServiceNames();
      this.lastServices.note(id, own);
      this.#node.discovery?.announced(id, own);
    }
    const connections = this.#nodes.get(id);
    connections?.delete(key);
    if (connections?.size === 0) this.#nodes.delete(id);
  }
}

function keyOf(number: number, session: boolean | SessionOptions): string {
  if (typeof session === 'boolean') return `${number} ${session}`;
  const { window, buffer } = session;
  return `${number} ${window} ${buffer}`;
}
