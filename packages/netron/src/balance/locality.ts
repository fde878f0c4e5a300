import type { BalancedPeer } from './load-balancer.js';

/** Whether nodes of the same zone are preferred, the only ones, or nothing special. */
export type Locality = 'prefer' | 'require' | false;

/** Place of a node. */
export interface Place {
  readonly zone?: string | undefined;
  readonly region?: string | undefined;
}

/**
 * Returns the peers of the same zone, else of the same region, else all; with `require` none but those of the same zone, or of the same region when the
 * zone is not known.
 */
export function near(peers: readonly BalancedPeer[], own: Place, locality: Locality): readonly BalancedPeer[] {
  if (locality === false || (own.zone === undefined && own.region === undefined)) return peers;
  const inRegion = own.region === undefined ? peers : peers.filter(({ node }) => node.region === own.region);
  const inZone = own.zone === undefined ? inRegion : inRegion.filter(({ node }) => node.zone === own.zone);
  if (locality === 'require') return inZone;
  return inZone.length > 0 ? inZone : inRegion.length > 0 ? inRegion : peers;
}
