/** Parts of a node that are loaded when they are first needed: most nodes need none of them. */
import { loadOnce } from '../util/load-once.js';

/** Services of other nodes. */
export const loadCluster = loadOnce(() => import('../cluster/cluster.js'));
/** Discovery. */
export const loadDiscovery = loadOnce(() => import('../discovery/start.js'));
/** Events over the cluster, rooms and presence. */
export const loadEvents = loadOnce(() => import('../cluster/cluster-events.js'));
/** Backplanes and registries by URL. */
export const loadByUrl = loadOnce(() => import('../discovery/by-url.js'));
/** Claims a backplane for one node. */
export const loadClaim = loadOnce(() => import('../discovery/claim.js'));
/** Descriptions of services. */
export const loadDescribe = loadOnce(() => import('../service/describe.js'));
