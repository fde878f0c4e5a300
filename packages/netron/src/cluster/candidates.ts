/** Selection of the nodes at which a service is called: judges each known node, with a reason if it is not used. */
import type { Place } from '../balance/locality.js';
import { orderOf } from '../balance/subset.js';
import { hasLabels } from '../discovery/catalog.js';
import type { NodeInfo } from '../discovery/node-info.js';
import { type VersionFilter, versionFilter } from '../discovery/version-filter.js';
import type { RemotePeer } from '../peer/remote-peer.js';
import { loadCompare } from '../service/declare/semver.js';
import type { ClusterNode } from './cluster-node.js';
import type { Connector } from './connector.js';
import { trusted } from './node-connection.js';
import type { ServiceSettings } from './options.js';

/** A node that may serve. */
export interface Candidate {
  readonly node: NodeInfo;
  /** Its services as `name@version`; `undefined`: known only after connecting. */
  readonly services: readonly string[] | undefined;
}

/** A candidate with the service to call there, or the reason why it is not called. */
export interface Choice {
  readonly node: NodeInfo;
  /** `name@version`; `undefined`: known only after connecting. */
  readonly service: string | undefined;
  /** Reason why it is not used; `undefined`: it is used. */
  readonly reason: string | undefined;
}

/** State of the connections to nodes, by their ids. */
export interface Reached {
  /** Whether calls can be sent there. */
  ready(id: string): boolean;
  /** Whether the last attempt to connect has failed. */
  failing(id: string): boolean;
}

const unknownReach: Reached = { ready: () => false, failing: () => false };

/** Maximum number of nodes beyond the subset that replace unreachable ones. */
const maxSpare = 1_000;

/** Requested versions, and their order. */
export interface Versions {
  readonly filter: VersionFilter;
  compare(a: string, b: string): number;
}

/**
 * Reads a range of versions.
 *
 * @throws NetronError `invalid_argument` for an invalid range
 */
export async function readVersions(range: string | undefined): Promise<Versions> {
  return { filter: await versionFilter(range), compare: await loadCompare() };
}

/** Returns the nodes that registries list, and other connected peers if they may have the service. */
export async function candidates(node: ClusterNode, connector: Connector, service: string): Promise<Candidate[]> {
  const listed = (await node.discovery?.getActiveNodes()) ?? [];
  const others = listed.filter(({ id }) => id !== node.id);
  const ids = new Set(others.map(({ id }) => id));
  connector.lastServices.retain(ids);
  const found = new Set<RemotePeer>();
  for (const [id, peer] of connector.peers()) if (ids.has(id)) found.add(peer);
  const known = others.map((info): Candidate => {
    const peer = connector.peerOf(info.id);
    // The node's own statement is newer than that of a registry.
    const own = peer?.state === 'ready' ? peer.getServiceNames() : undefined;
    return { node: info, services: own ?? info.services ?? connector.lastServices.of(info.id) };
  });
  if (node.listedOnly?.(service)) return known;
  for (const peer of node.peers.values()) {
    if (ids.has(peer.nodeId) || found.has(peer) || peer.id === node.id || !trusted(peer, node)) continue;
    // A peer of a node that is listed by its address, and whose connection is not yet associated with it.
    if (peer.address !== undefined && ids.has(peer.address)) continue;
    known.push({ node: describe(peer), services: peer.getServiceNames() });
  }
  return known;
}

/** Returns the description of a peer that no registry lists, from its metadata. */
function describe(peer: RemotePeer): NodeInfo {
  const { zone, region, version, weight, labels } = peer.metadata as Record<string, unknown>;
  const texts = Object.entries(typeof labels === 'object' && labels !== null ? labels : {});
  return {
    id: peer.id,
    instance: peer.instance ?? peer.id,
    started: peer.started ?? 0,
    addresses: [],
    status: 'up',
    labels: Object.fromEntries(texts.filter((label): label is [string, string] => typeof label[1] === 'string')),
    weight: typeof weight === 'number' && weight > 0 && weight < Infinity ? weight : 1,
    ...(typeof zone === 'string' && { zone }),
    ...(typeof region === 'string' && { region }),
    ...(typeof version === 'string' && { version }),
  };
}

/**
 * Chooses among candidates. Nodes with unknown services are used: their services become known on connecting.
 *
 * @param name name of the service, without version
 * @param reached state of connections: unreachable nodes do not count for the subset, and the next nodes in order are used as well
 */
export function choose(
  all: readonly Candidate[],
  name: string,
  { filter, compare }: Versions,
  settings: Pick<ServiceSettings, 'labels' | 'locality' | 'subset'>,
  own: { readonly id: string; readonly place: Place },
  reached: Reached = unknownReach,
): Choice[] {
  const { labels, locality, subset } = settings;
  const usable = all.filter(({ node }) => node.status === 'up' && hasLabels(node, labels));
  const fitting = filter([...new Set(usable.flatMap((candidate) => versionsOf(candidate, name) ?? []))]);
  const choices = all.flatMap((candidate): Choice[] => {
    const versions = versionsOf(candidate, name);
    if (versions?.length === 0) return [];
    const { node } = candidate;
    const best = versions
      ?.filter((version) => fitting.has(version))
      .sort(compare)
      .at(-1);
    const against = (): string | undefined => {
      if (node.status !== 'up') return 'it is draining';
      if (!hasLabels(node, labels)) return 'it does not have the labels';
      if (versions !== undefined && best === undefined) return `its versions are not in the range: ${versions.join(', ')}`;
      return locality === 'require' && distance(node, own.place) > 0 ? 'it is in another zone' : undefined;
    };
    return [{ node, service: best === undefined ? undefined : `${name}@${best}`, reason: against() }];
  });
  const used = choices.filter(({ reason }) => reason === undefined).map(({ node }) => node);
  if (used.length <= subset) return choices;
  const chosen = new Set(nearestOf(used, subset, locality === false ? {} : own.place, own.id, reached));
  // Nodes that are called now stay until those chosen in their place can be called.
  const replaced = [...chosen].every(({ id }) => reached.ready(id) || reached.failing(id));
  return choices.map((choice) =>
    choice.reason !== undefined || chosen.has(choice.node) || (!replaced && reached.ready(choice.node.id))
      ? choice
      : { ...choice, reason: `it is not among the ${subset} nodes that this node connects to` },
  );
}

/** Returns the versions of a service that a node has, in its order; `undefined` when they are unknown. */
function versionsOf({ services }: Candidate, name: string): string[] | undefined {
  return services?.filter((service) => service.startsWith(`${name}@`)).map((service) => service.slice(name.length + 1));
}

/** Chooses nodes of the same zone first, then of the same region: no unchosen node is nearer than a chosen one. */
function nearestOf(nodes: readonly NodeInfo[], size: number, place: Place, client: string, { failing }: Reached): NodeInfo[] {
  const chosen: NodeInfo[] = [];
  let places = size;
  let spare = maxSpare;
  for (const far of [0, 1, 2]) {
    if (places === 0) break;
    const ring = nodes.filter((node) => distance(node, place) === far);
    for (const node of orderOf(client, ring)) {
      if (places === 0) break;
      chosen.push(node);
      if (spare > 0 && failing(node.id)) spare -= 1;
      else places -= 1;
    }
  }
  return chosen;
}

/** Returns 0 in the same zone (or region, when the zone is not known) or when this node's place is unknown, 1 in the same region, 2 elsewhere. */
function distance(node: NodeInfo, { zone, region }: Place): number {
  if (zone === undefined && region === undefined) return 0;
  const sameRegion = region === undefined || node.region === region;
  if (zone === undefined) return sameRegion ? 0 : 2;
  if (sameRegion && node.zone === zone) return 0;
  return region !== undefined && sameRegion ? 1 : 2;
}
