import { hash } from './hash.js';
import type { BalancedPeer } from './load-balancer.js';

/** Number of places on the ring for a node of weight 1. */
const places = 100;

/** Nodes on a ring of hashes: a key belongs to the next node on the ring. */
export class HashRing {
  readonly #hashes: Uint32Array;
  readonly #peers: readonly BalancedPeer[];

  constructor(peers: readonly BalancedPeer[]) {
    const ring: [number, BalancedPeer][] = [];
    for (const peer of peers) {
      const count = Math.max(1, Math.round(places * Math.min(100, peer.weight)));
      for (let place = 0; place < count; place += 1) ring.push([hash(`${peer.id} ${place}`), peer]);
    }
    ring.sort(([a], [b]) => a - b);
    this.#hashes = Uint32Array.from(ring, ([place]) => place);
    this.#peers = ring.map(([, peer]) => peer);
  }

  /** Returns the node of a key; the next one on the ring when an earlier attempt went to that node. */
  find(key: string, tried: ReadonlySet<BalancedPeer>): BalancedPeer {
    const start = this.#after(hash(key));
    for (let step = 0; step < this.#peers.length; step += 1) {
      const peer = this.#peers[(start + step) % this.#peers.length] as BalancedPeer;
      if (!tried.has(peer)) return peer;
    }
    return this.#peers[start % this.#peers.length] as BalancedPeer;
  }

  #after(wanted: number): number {
    let [low, high] = [0, this.#hashes.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#hashes[middle] as number) < wanted) low = middle + 1;
      else high = middle;
    }
    return low % this.#hashes.length;
  }
}
