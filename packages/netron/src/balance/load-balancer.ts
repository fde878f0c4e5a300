import type { NodeInfo } from '../discovery/node-info.js';

/** A node that a call may go to, as balancers see it. */
export interface BalancedPeer {
  /** The node's id. */
  readonly id: string;
  readonly node: Pick<NodeInfo, 'id' | 'zone' | 'region' | 'labels' | 'weight'>;
  /** Calls in flight to it. */
  readonly active: number;
  /** Its share of calls relative to other nodes, for balancers that use weights. */
  readonly weight: number;
  /** Time of its last answer, or of the oldest call it has not answered since, in milliseconds on the monotonic clock. */
  readonly quietSince: number;
}

/** Facts about a call that a balancer may use. */
export interface BalancingContext {
  readonly service: string;
  readonly method: string;
  /** Calls with the same key go to the same node, with balancers that use keys. */
  readonly key?: string | undefined;
  /** Nodes that earlier attempts of this call went to: chosen again only when there is no other. */
  readonly tried: ReadonlySet<BalancedPeer>;
}

/**
 * Chooses the node for each call. A call fails with `internal` when `selectPeer` throws, or returns anything but one of `peers`, a
 * promise included. Errors of `reportResult` are logged.
 */
export interface LoadBalancer {
  /**
   * Chooses one of `peers`.
   *
   * @param peers the nodes that are ready, never empty; the same array while they do not change
   */
  selectPeer(peers: readonly BalancedPeer[], context: BalancingContext): BalancedPeer;
  /**
   * Reports how a call has ended.
   *
   * @param success whether the node did its work; errors caused by the caller count as success
   * @param latency milliseconds
   */
  reportResult(peer: BalancedPeer, success: boolean, latency: number): void;
}
