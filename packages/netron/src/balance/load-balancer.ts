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
 * `internal`, a promise included. What `reportResult` throws is logged.
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
