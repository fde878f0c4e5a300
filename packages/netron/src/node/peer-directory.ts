/** Peers of one node: makes them, gives each a unique id, and keeps track of which are connected. */
import type { Link } from '../peer/link/link.js';
import { type PeerOwner, type Reconnector, RemotePeer } from '../peer/remote-peer.js';

export class PeerDirectory {
  /** Peers that are connected, by id. */
  readonly connected = new Map<string, RemotePeer>();
  /** Peers that are connected or may reconnect. */
  readonly #known = new Set<RemotePeer>();
  /** Ids in use; a peer's id differs from that of its node when another peer has that one already. */
  readonly #ids = new Set<string>();
  /** For each node with several connections, the lowest number that may be free; absent: 1. */
  readonly #free = new Map<string, number>();
  readonly #node: () => PeerOwner;

  /** @param node called when a peer is made, because the node itself needs the directory first */
  constructor(node: () => PeerOwner) {
    this.#node = node;
  }

  /** Peers that are connected or may reconnect. */
  get all(): RemotePeer[] {
    return [...this.#known];
  }

  /** Connections in use, including those that are closing. */
  get links(): Link[] {
    return this.all.flatMap((peer) => peer.links);
  }

  /**
   * Makes a peer. Its id is that of its node, with the number of its connection added from the second on, or the next free one.
   *
   * @param number number of the connection, from 1, among those of its node to one address
   */
  adopt(nodeId: string, number: number, reconnector: Reconnector): RemotePeer {
    const peer = new RemotePeer(this.#node(), this.#take(nodeId, number), reconnector, nodeId);
    this.#known.add(peer);
    return peer;
  }

  /** Gives a peer another id, when its address has led to another node. */
  rename(peer: RemotePeer, nodeId: string, number: number): void {
    if (peer.nodeId === nodeId) return;
    this.#node().logger.info({ from: peer.nodeId, to: nodeId }, 'the peer came back as another node');
    this.#release(peer);
    peer.rename(this.#take(nodeId, number), nodeId);
  }

  /** Forgets a peer that will not reconnect. */
  forget(peer: RemotePeer): void {
    if (this.#known.delete(peer)) this.#release(peer);
  }

  #take(nodeId: string, wanted: number): string {
    let id = named(nodeId, wanted);
    if (this.#ids.has(id)) {
      let number = this.#free.get(nodeId) ?? 1;
      while (this.#ids.has(named(nodeId, number))) number += 1;
      this.#free.set(nodeId, number + 1);
      id = named(nodeId, number);
    }
    this.#ids.add(id);
    return id;
  }

  #release({ id, nodeId }: RemotePeer): void {
    this.#ids.delete(id);
    const number = id === nodeId ? 1 : Number(id.slice(nodeId.length + 1));
    const free = this.#free.get(nodeId) ?? 1;
    if (number === 1) this.#free.delete(nodeId);
    else if (number < free) this.#free.set(nodeId, number);
  }
}

/** Returns the id of a peer, from that of its node and the number of its connection. */
function named(nodeId: string, number: number): string {
  return number > 1 ? `${nodeId}#${number}` : nodeId;
}
