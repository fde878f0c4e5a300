/** A node as its service proxies see it. */
import type { Place } from '../balance/locality.js';
import type { ClusterNode } from '../cluster/cluster-node.js';
import type { NodeMetadata } from '../peer/link/greeting.js';
import type { PeerNode } from '../peer/peer-node.js';
import type { RemotePeer } from '../peer/remote-peer.js';
import type { SessionBounds } from '../peer/session/session-bounds.js';
import { type SessionOptions, sessionBounds } from '../peer/session/session-options.js';
import { targetOf } from '../service/call/proxy.js';
import { boundOf } from './checked-options.js';
import type { NodeDiscovery } from './discovery.js';
import type { LocalPeer } from './local-peer.js';
import type { NetronConnectOptions, NetronOptions } from './options.js';

/** Parts of a node that are read. */
export interface ClusterParts
  extends Pick<
    PeerNode,
    'id' | 'metadata' | 'clock' | 'random' | 'scheduler' | 'deadlines' | 'inFlight' | 'logger' | 'requestTimeout' | 'middleware'
  > {
  readonly peers: ReadonlyMap<string, RemotePeer>;
  readonly peer: Pick<LocalPeer, 'queryInterface'>;
  readonly discovery: () => Pick<NodeDiscovery, 'wanted' | 'current'>;
}

/** Default for the longest time, in milliseconds, that a connection to a node of a service may be lost: other nodes can serve the calls. */
const longestAbsence = 10_000;

/** @param dial connects to an address, with a session that has these bounds */
export function clusterNode(
  parts: ClusterParts,
  options: NetronOptions,
  dial: (address: string, options: NetronConnectOptions, session: SessionBounds | undefined) => Promise<RemotePeer>,
): ClusterNode {
  const { id, clock, random, scheduler, deadlines, inFlight, logger, requestTimeout, middleware, peers, peer } = parts;
  return {
    ...{ id, clock, random, scheduler, deadlines, inFlight, logger, requestTimeout, peers },
    connectTimeout: boundOf('connectTimeout', options.connectTimeout, 10_000),
    outgoingChain: middleware?.outgoingChain,
    get discovers() {
      return parts.discovery().wanted;
    },
    get discovery() {
      return parts.discovery().current;
    },
    connectsAll: connectsAll(options),
    listedOnly: options.listedOnly,
    place: placeOf(options, parts.metadata),
    connect: ({ address, expect, trusted, session }, signal) => {
      const given = { signal, ...(expect !== undefined && { expect }), ...(!trusted && { credentials: undefined }) };
      return dial(address, given, boundsOf(session, options));
    },
    own: async (query) => targetOf(await peer.queryInterface(query).catch(() => undefined)),
  };
}

/** Bounds of the session for a connection that services use. */
function boundsOf(given: boolean | SessionOptions, options: NetronOptions): SessionBounds | undefined {
  if (given === false || (given === true && options.session === false)) return undefined;
  const bounds = sessionBounds(given, options);
  const own = options.session === false ? undefined : options.session;
  const asked = given === true ? own?.window : (given.window ?? own?.window);
  return { ...bounds, window: asked ?? Math.min(bounds.window, longestAbsence), endsWhenRefused: true };
}

/** Whether the options of a node ask for connections to all nodes that discovery finds. */
export function connectsAll({ discovery }: NetronOptions): boolean {
  return typeof discovery === 'object' && discovery !== null && 'connect' in discovery && discovery.connect === 'all';
}

/** Place of a node, from its options for registries, or else from the description for its peers. */
function placeOf({ discovery }: NetronOptions, metadata: NodeMetadata | undefined): Place {
  const described =
    typeof discovery === 'object' && discovery !== null && 'node' in discovery ? discovery.node : (metadata as Place | undefined);
  const { zone, region } = described ?? {};
  return { zone, region };
}
