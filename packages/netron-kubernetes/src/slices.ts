/** Reads EndpointSlices, which anyone with write access to the API server may have written, into records of nodes. */
import { recordLimits } from '@omnitron-dev/netron/discovery';
import { hostOf, listOf, recordOf } from './read.js';

/** Most endpoints of a slice, as in Kubernetes itself; further ones are left out. */
const maxEndpoints = 1_000;

/** A pod as the record of a node. */
export interface PodRecord {
  readonly id: string;
  /** The pod's uid, since one pod may be in several slices. */
  readonly instance: string;
  readonly status: 'up' | 'draining';
  readonly addresses: readonly string[];
  readonly zone?: string;
}

/** The fields of an EndpointSlice that are read. */
export interface Slice {
  readonly name: string;
  readonly records: readonly PodRecord[];
  readonly leftOut: LeftOut;
}

/** Numbers of endpoints that are left out, by reason. */
export type LeftOut = ReadonlyMap<string, number>;

/** Counts endpoints that are left out. */
type Refuse = (reason: string, count: number) => void;

/** Options of the reader. */
export interface SliceReader {
  readonly scheme: string;
  /** Name or number of the port. */
  readonly port: string | number | undefined;
}

/** Reads an EndpointSlice; returns `undefined` when it is not valid. */
export function readSlice(given: unknown, { scheme, port: wanted }: SliceReader): Slice | undefined {
  const { metadata, endpoints, ports } = recordOf(given);
  const { name } = recordOf(metadata);
  if (typeof name !== 'string') return undefined;
  const leftOut = new Map<string, number>();
  const refuse = countingIn(leftOut);
  const all = listOf(endpoints);
  const found = listOf(ports)
    .map(recordOf)
    .find((one) => wanted === undefined || one.name === wanted || one.port === wanted);
  const { port } = found ?? {};
  if (!isPort(port)) {
    refuse(`their slice has no port ${wanted === undefined ? '' : `'${wanted}' `}between 1 and 65535`, all.length);
    return { name, records: [], leftOut };
  }
  refuse(`more than ${maxEndpoints} endpoints in a slice`, Math.max(0, all.length - maxEndpoints));
  const read = (one: unknown): PodRecord[] => readEndpoint(one, refuse, scheme, port);
  return { name, records: all.slice(0, maxEndpoints).flatMap(read), leftOut };
}

/**
 * Returns one record for each pod, which may be in two slices while it moves, or in one for IPv4 and one for IPv6; and the endpoints left
 * out.
 */
export function podsOf(slices: Iterable<Slice>): { readonly pods: readonly PodRecord[]; readonly leftOut: LeftOut } {
  const pods = new Map<string, PodRecord>();
  const leftOut = new Map<string, number>();
  const refuse = countingIn(leftOut);
  const all = [...slices];
  for (const slice of all) for (const [reason, count] of slice.leftOut) refuse(reason, count);
  let more = 0;
  // Sorted by name, so that a pod of two slices has the same id whichever slice was reported last.
  for (const { records } of all.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
    for (const record of records) {
      const known = pods.get(record.instance);
      const pod = known === undefined ? record : merged(known, record);
      if (pod === undefined) more += 1;
      else pods.set(record.instance, pod);
    }
  }
  refuse(`more than ${recordLimits.addresses} addresses of a pod`, more);
  return { pods: [...pods.values()], leftOut };
}

function countingIn(leftOut: Map<string, number>): Refuse {
  return (reason, count) => {
    if (count > 0) leftOut.set(reason, (leftOut.get(reason) ?? 0) + count);
  };
}

/** Merges two records of a pod; returns `undefined` when it would have too many addresses. */
function merged(one: PodRecord, other: PodRecord): PodRecord | undefined {
  const addresses = [...new Set([...one.addresses, ...other.addresses])];
  if (addresses.length > recordLimits.addresses) return undefined;
  const status = one.status === 'up' ? other.status : one.status;
  return { ...other, ...one, status, addresses };
}

/** Reads an endpoint. One that serves is a node; one that serves but is terminating accepts no new work. */
function readEndpoint(given: unknown, refuse: Refuse, scheme: string, port: number): PodRecord[] {
  const { addresses, conditions, targetRef, zone } = recordOf(given);
  const { ready, serving, terminating } = recordOf(conditions);
  // By the API, an absent condition means true.
  if ((serving ?? ready) === false) return [];
  const [address] = listOf(addresses);
  // The pod has no address yet.
  if (address === undefined) return [];
  if (typeof address !== 'string' || !/^[\w.:-]{1,253}$/.test(address)) {
    refuse('an address must be an IP address or a host name', 1);
    return [];
  }
  const url = `${scheme}://${hostOf(address)}:${port}`;
  const { uid } = recordOf(targetRef);
  return [
    {
      // Placeholder id of the node until it is connected: it then announces its own id and services.
      id: url,
      instance: typeof uid === 'string' ? uid : url,
      status: terminating === true ? 'draining' : 'up',
      addresses: [url],
      ...(typeof zone === 'string' && { zone }),
    },
  ];
}

function isPort(given: unknown): given is number {
  return Number.isInteger(given) && (given as number) > 0 && (given as number) < 65_536;
}
