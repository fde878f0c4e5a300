import type { LoadBalancer } from './load-balancer.js';

/** Names of the built-in balancers. */
export const balancerNames = [
  'p2c',
  'round-robin',
  'random',
  'least-connections',
  'weighted',
  'consistent-hash',
  'nearest',
] as const;

/** Name of a built-in balancer. */
export type BalancerName = (typeof balancerNames)[number];

/** Whether a value is the name of a balancer. */
export const isBalancerName = (value: unknown): value is BalancerName => balancerNames.some((name) => name === value);

/**
 * Checks a load balancer that is given by name or as an object.
 *
 * @throws RangeError for an unknown name; TypeError for a value that is not a balancer
 */
export function checkBalancer(given: unknown): void {
  if (typeof given === 'string') {
    if (isBalancerName(given)) return;
    throw new RangeError(`unknown load balancer '${given}': expected ${balancerNames.join(', ')}, or your own object`);
  }
  const { selectPeer, reportResult } = (given ?? {}) as Partial<LoadBalancer>;
  if (typeof selectPeer === 'function' && typeof reportResult === 'function') return;
  throw new TypeError('a load balancer must have selectPeer(peers, context) and reportResult(peer, success, latency)');
}
