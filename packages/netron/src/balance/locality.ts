import type { BalancedPeer } from './load-balancer.js';

/** `prefer`: nodes of the same zone come first. `require`: only those are used. `false`: the zone is ignored. */
export type Locality = 'prefer' | 'require' | false;

/** Place of a node. */
export interface Place {
  readonly zone?: string | undefined;
  readonly region?: string | undefined;
}

/**
 * Returns the peers of the same zone, or else of the same region, or else all. With `require`, only those of the same zone, or of the same
 * region when the zone is not known.
 */
export function near(peers: readonly BalancedPeer[], own: Place, locality: Locality): readonly BalancedPeer[] {
  if (locality === false || (own.zone === undefined && own.region === undefined)) return peers;
  const inRegion = own.region === undefined ? peers : peers.filter(({ node }) => node.region === own.region);
  const inZone = own.zone === undefined ? inRegion : inRegion.filter(({ node }) => node.zone === own.zone);
  if (locality === 'require') return inZone;
  return inZone.length > 0 ? inZone : inRegion.length > 0 ? inRegion : peers;
}
