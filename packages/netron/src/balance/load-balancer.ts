import type { NodeInfo } from '../discovery/node-info.js';

/** One node that a call may go to, as balancers see it. */
export interface BalancedPeer {
  /** The node's id. */
  readonly id: string;
  readonly node: Pick<NodeInfo, 'id' | 'zone' | 'region' | 'labels' | 'weight'>;
  /** Calls under way to it. */
  readonly active: number;
  /** Share of calls that it gets beside others, where a balancer looks at it. */
  readonly weight: number;
  /** Time of its last answer, or since which it owes one, in milliseconds on the monotonic clock. */
  readonly quietSince: number;
}

/** Facts about the call that a balancer may use. */
export interface BalancingContext {
  readonly service: string;
  readonly method: string;
  /** Calls with the same key go to the same node, where a balancer looks at it. */
  readonly key?: string | undefined;
  /** Nodes that an earlier attempt of this call went to: taken only when there is no other. */
  readonly tried: ReadonlySet<BalancedPeer>;
}

/**
 * Chooses the node for each call. What `selectPeer` throws, or returns that was not among `peers`, fails that call with
 * `internal`.
 */
export interface LoadBalancer {
  /**
   * Chooses one of `peers`.
   *
   * @param peers those that are ready, never empty; the same list as long as they are the same
   */
  selectPeer(peers: readonly BalancedPeer[], context: BalancingContext): BalancedPeer;
  /**
   * Notes how a call has ended.
   *
   * @param success whether the node did its work; errors that the caller is to blame for are a success
   * @param latency milliseconds
   */
  reportResult(peer: BalancedPeer, success: boolean, latency: number): void;
}

/** Returns the peers that no earlier attempt went to; all of them when there is no such. */
export function untried(peers: readonly BalancedPeer[], { tried }: BalancingContext): readonly BalancedPeer[] {
  if (tried.size === 0) return peers;
  const rest = peers.filter((peer) => !tried.has(peer));
  return rest.length > 0 ? rest : peers;
}

/** The peer with the lowest value; the first of several. */
export function lowest(peers: readonly BalancedPeer[], value: (peer: BalancedPeer) => number): BalancedPeer {
  let best = peers[0] as BalancedPeer;
  let least = value(best);
  for (let index = 1; index < peers.length; index += 1) {
    const peer = peers[index] as BalancedPeer;
    const own = value(peer);
    if (own < least) {
      best = peer;
      least = own;
    }
  }
  return best;
}
