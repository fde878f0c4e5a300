/** Chooses the nodes that a service is called at: receives all that are known, says of each whether it is one, and why not. */
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
  /** Its services as `name@version`; `undefined`: known once connected. */
  readonly services: readonly string[] | undefined;
}

/** A candidate, and the service to call there or why it is not called. */
export interface Choice {
  readonly node: NodeInfo;
  /** `name@version`; `undefined`: known once connected. */
  readonly service: string | undefined;
  /** `undefined`: it is used. */
  readonly reason: string | undefined;
}

/** State of the connections to nodes, by their ids. */
export interface Reached {
  /** Whether calls can go there. */
  ready(id: string): boolean;
  /** Whether the last attempt to connect has failed. */
  failing(id: string): boolean;
}

const unknownReach: Reached = { ready: () => false, failing: () => false };

/** Nodes besides the subset that are tried in place of those that cannot be reached, at most. */
const mostSpare = 1_000;

/** Versions that are asked for, and their order. */
export interface Versions {
  readonly filter: VersionFilter;
  compare(a: string, b: string): number;
}

/**
 * Reads a range of versions.
 *
 * @throws NetronError `invalid_argument` for what is none
 */
export async function readVersions(range: string | undefined): Promise<Versions> {
  return { filter: await versionFilter(range), compare: await loadCompare() };
}

/** Collects the nodes that registries list, and the peers that are connected besides, where these may have the service. */
export async function candidates(node: ClusterNode, connector: Connector, service: string): Promise<Candidate[]> {
  const listed = (await node.discovery?.getActiveNodes()) ?? [];
  const others = listed.filter(({ id }) => id !== node.id);
  const ids = new Set(others.map(({ id }) => id));
  connector.lastServices.retain(ids);
  const found = new Set<RemotePeer>();
  for (const [id, peer] of connector.peers()) if (ids.has(id)) found.add(peer);
  const known = others.map((info): Candidate => {
    const peer = connector.peerOf(info.id);
    // What a node says itself is newer than what a registry says of it.
    const own = peer?.state === 'ready' ? peer.getServiceNames() : undefined;
    return { node: info, services: own ?? info.services ?? connector.lastServices.of(info.id) };
  });
  if (node.listedOnly?.(service)) return known;
  for (const peer of node.peers.values()) {
    if (ids.has(peer.nodeId) || found.has(peer) || peer.id === node.id || !trusted(peer, node)) continue;
    // Of a node that is listed by its address, which does not know yet that it is connected.
    if (peer.address !== undefined && ids.has(peer.address)) continue;
    known.push({ node: describe(peer), services: peer.getServiceNames() });
  }
  return known;
}

/** Description of a peer that no registry lists, as far as it has given one. */
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
 * Chooses among candidates. Nodes whose services are not known yet are used: their connection tells.
 *
 * @param name of the service, without version
 * @param reached those that cannot be reached take no place of the subset: the next in order is connected to besides
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
      return locality === 'require' && distance(node, own.place) > 0 ? 'it is not of the same zone' : undefined;
    };
    return [{ node, service: best === undefined ? undefined : `${name}@${best}`, reason: against() }];
  });
  const used = choices.filter(({ reason }) => reason === undefined).map(({ node }) => node);
  if (used.length <= subset) return choices;
  const chosen = new Set(nearestOf(used, subset, locality === false ? {} : own.place, own.id, reached));
  // What is called stays until those that were chosen in its place can be.
  const replaced = [...chosen].every(({ id }) => reached.ready(id) || reached.failing(id));
  return choices.map((choice) =>
    choice.reason !== undefined || chosen.has(choice.node) || (!replaced && reached.ready(choice.node.id))
      ? choice
      : { ...choice, reason: `it is not among the ${subset} nodes that this one connects to` },
  );
}

/** Versions of a service that a node has, in the order in which it names them; `undefined` when that is not known. */
function versionsOf({ services }: Candidate, name: string): string[] | undefined {
  return services?.filter((service) => service.startsWith(`${name}@`)).map((service) => service.slice(name.length + 1));
}

/** Chooses nodes of the same zone first, then of the same region: none that is left over is nearer than one that was chosen. */
function nearestOf(nodes: readonly NodeInfo[], size: number, place: Place, client: string, { failing }: Reached): NodeInfo[] {
  const chosen: NodeInfo[] = [];
  let places = size;
  let spare = mostSpare;
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

/** Returns 0 in the same zone (or region, when the zone is not known) and when nothing is known of this node, 1 in the same region, 2 elsewhere. */
function distance(node: NodeInfo, { zone, region }: Place): number {
  if (zone === undefined && region === undefined) return 0;
  const sameRegion = region === undefined || node.region === region;
  if (zone === undefined) return sameRegion ? 0 : 2;
  if (sameRegion && node.zone === zone) return 0;
  return region !== undefined && sameRegion ? 1 : 2;
}
