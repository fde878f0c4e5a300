/** Passes over the nodes that an earlier attempt of a call went to, without making a list of the others. */
import type { BalancedPeer, BalancingContext } from './load-balancer.js';

const none: ReadonlySet<BalancedPeer> = new Set();

/** Returns the peers to pass over: none when every one of the list was tried. */
export function triedOf(peers: readonly BalancedPeer[], { tried }: BalancingContext): ReadonlySet<BalancedPeer> {
  return tried.size === 0 || peers.some((peer) => !tried.has(peer)) ? tried : none;
}

/** Returns how many of the list are not passed over. */
export function untriedCount(peers: readonly BalancedPeer[], tried: ReadonlySet<BalancedPeer>): number {
  return tried.size === 0 ? peers.length : peers.reduce((count, peer) => (tried.has(peer) ? count : count + 1), 0);
}

/** Returns the place in the list of the peer that has `rank` others in front of it which are not passed over. */
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
 * Returns the peer with the lowest value among those that are not passed over; the first of several.
 *
 * @param start place in the list of the one that is looked at first
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
