/** Peers of one node: makes them, gives each an id of its own, and knows which of them are connected. */
import type { Link } from '../peer/link/link.js';
import { type PeerOwner, type Reconnector, RemotePeer } from '../peer/remote-peer.js';

export class PeerDirectory {
  /** Peers that are connected, by id. */
  readonly connected = new Map<string, RemotePeer>();
  /** Peers that are connected or may still come back, and the ids their nodes claim. */
  readonly #known = new Map<RemotePeer, string>();
  /** Ids in use; a peer's own differs from the claimed one when another peer has that. */
  readonly #ids = new Set<string>();
  readonly #node: () => PeerOwner;

  /** @param node asked when a peer is made: the node itself needs the directory first */
  constructor(node: () => PeerOwner) {
    this.#node = node;
  }

  /** Peers that are connected or may still come back. */
  get all(): RemotePeer[] {
    return [...this.#known.keys()];
  }

  /** Peers whose node claims that id. */
  claiming(id: string): RemotePeer[] {
    return this.all.filter((peer) => this.#known.get(peer) === id);
  }

  /** Connections in use, those included that leave. */
  get links(): Link[] {
    return this.all.flatMap((peer) => peer.links);
  }

  /** Makes a peer, under the claimed id or a free one made of it. */
  adopt(claimed: string, reconnector: Reconnector): RemotePeer {
    const peer = new RemotePeer(this.#node(), this.#take(claimed), reconnector);
    this.#known.set(peer, claimed);
    return peer;
  }

  /** Gives a peer another id: its address has led to another node. */
  rename(peer: RemotePeer, claimed: string): void {
    if (this.#known.get(peer) === claimed) return;
    this.#known.set(peer, claimed);
    this.#node().logger.info({ from: peer.id, to: claimed }, 'the peer came back as another node');
    this.#ids.delete(peer.id);
    peer.rename(this.#take(claimed));
  }

  /** Forgets a peer that will not come back. */
  forget(peer: RemotePeer): void {
    if (this.#known.delete(peer)) this.#ids.delete(peer.id);
  }

  #take(claimed: string): string {
    let free = claimed;
    for (let number = 2; this.#ids.has(free); number += 1) free = `${claimed}#${number}`;
    this.#ids.add(free);
    return free;
  }
}
