/** Selection among the nodes that no earlier attempt of a call went to, without building a list of them. */
import type { BalancedPeer, BalancingContext } from './load-balancer.js';

const none: ReadonlySet<BalancedPeer> = new Set();

/** Returns the peers to skip: none when every peer of the list was tried. */
export function triedOf(peers: readonly BalancedPeer[], { tried }: BalancingContext): ReadonlySet<BalancedPeer> {
  return tried.size === 0 || peers.some((peer) => !tried.has(peer)) ? tried : none;
}

/** Returns the number of peers that are not skipped. */
export function untriedCount(peers: readonly BalancedPeer[], tried: ReadonlySet<BalancedPeer>): number {
  return tried.size === 0 ? peers.length : peers.reduce((count, peer) => (tried.has(peer) ? count : count + 1), 0);
}

/** Returns the index of the peer that has `rank` unskipped peers before it. */
export function untriedPlace(peers: readonly BalancedPeer[], tried: ReadonlySet<BalancedPeer>, rank: number): number {
  if (tried.size === 0) return rank;
  let place = -1;
  for (let left = rank; left >= 0; left -= 1) {
    place += 1;
    while (tried.has(peers[place] as BalancedPeer)) place += 1;
  }
  return place;
}

/**
 * Returns the peer with the lowest value among those that are not skipped; the first of several.
 *
 * @param start index of the peer to begin with
 */
export function lowest(
  peers: readonly BalancedPeer[],
  tried: ReadonlySet<BalancedPeer>,
  value: (peer: BalancedPeer) => number,
  start = 0,
): BalancedPeer {
  let best: BalancedPeer | undefined;
  let least = 0;
  for (let step = 0; step < peers.length; step += 1) {
    const peer = peers[(start + step) % peers.length] as BalancedPeer;
    if (tried.has(peer)) continue;
    const own = value(peer);
    if (best !== undefined && own >= least) continue;
    best = peer;
    least = own;
  }
  return best as BalancedPeer;
}
