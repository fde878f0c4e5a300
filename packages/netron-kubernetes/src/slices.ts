/** Reads EndpointSlices, which anybody may have written who can write to the API server, into records of nodes. */
import { recordLimits } from '@omnitron-dev/netron/discovery';
import { hostOf, listOf, recordOf } from './read.js';

/** Endpoints of a slice at most, as in Kubernetes itself; more are left out. */
const mostEndpoints = 1_000;

/** A pod as the record of a node. */
export interface PodRecord {
  readonly id: string;
  /** The pod's uid: one pod may be in several slices. */
  readonly instance: string;
  readonly status: 'up' | 'draining';
  readonly addresses: readonly string[];
  readonly zone?: string;
}

/** An EndpointSlice as far as it is read. */
export interface Slice {
  readonly name: string;
  readonly records: readonly PodRecord[];
  readonly leftOut: LeftOut;
}

/** Numbers of endpoints that are left out, by the reason. */
export type LeftOut = ReadonlyMap<string, number>;

/** Counts endpoints that are left out. */
type Refuse = (reason: string, count: number) => void;

/** Settings of the reader. */
export interface SliceReader {
  readonly scheme: string;
  /** Name or number of the port. */
  readonly port: string | number | undefined;
}

/** Reads an EndpointSlice; `undefined` for what is none. */
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
    refuse(`their slice has no port ${wanted === undefined ? '' : `'${wanted}' `}from 1 to 65535`, all.length);
    return { name, records: [], leftOut };
  }
  refuse(`more than ${mostEndpoints} endpoints in a slice`, Math.max(0, all.length - mostEndpoints));
  const read = (one: unknown): PodRecord[] => readEndpoint(one, refuse, scheme, port);
  return { name, records: all.slice(0, mostEndpoints).flatMap(read), leftOut };
}

/** One record for each pod, which may be in two slices while it is moved, and is in one for IPv4 and one for IPv6; all that is left out. */
export function podsOf(slices: Iterable<Slice>): { readonly pods: readonly PodRecord[]; readonly leftOut: LeftOut } {
  const pods = new Map<string, PodRecord>();
  const leftOut = new Map<string, number>();
  const refuse = countingIn(leftOut);
  const all = [...slices];
  for (const slice of all) for (const [reason, count] of slice.leftOut) refuse(reason, count);
  let more = 0;
  // By name: a pod of two slices has the same id, whichever of them was told last.
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

/** Returns one record for two of a pod; `undefined` when it would have too many addresses. */
function merged(one: PodRecord, other: PodRecord): PodRecord | undefined {
  const addresses = [...new Set([...one.addresses, ...other.addresses])];
  if (addresses.length > recordLimits.addresses) return undefined;
  const status = one.status === 'up' ? other.status : one.status;
  return { ...other, ...one, status, addresses };
}

/** An endpoint that serves is a node; one that is also about to end takes no new work. */
function readEndpoint(given: unknown, refuse: Refuse, scheme: string, port: number): PodRecord[] {
  const { addresses, conditions, targetRef, zone } = recordOf(given);
  const { ready, serving, terminating } = recordOf(conditions);
  // Absent means yes, says the API.
  if ((serving ?? ready) === false) return [];
  const [address] = listOf(addresses);
  // A pod that has no address yet.
  if (address === undefined) return [];
  if (typeof address !== 'string' || !/^[\w.:-]{1,253}$/.test(address)) {
    refuse('an address must be an IP address or the name of a host', 1);
    return [];
  }
  const url = `${scheme}://${hostOf(address)}:${port}`;
  const { uid } = recordOf(targetRef);
  return [
    {
      // A pod's name for the node until it is connected: it says its own id then, and its services.
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
