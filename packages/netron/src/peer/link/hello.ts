/** The hello of this end, sent when a connection starts. */
import type { CallPeer } from '../../middleware/call.js';
import { helloLimit } from '../../wire/limits.js';
import type { PeerNode } from '../peer-node.js';
import { type Advertised, nothingAdvertised } from '../references/advertised.js';
import type { Hello } from './greeting.js';
import { partsFeature } from './message-limits.js';

/** Identifies one of a node's connections to an address: its number, and the secret by which the other end knows it. */
export type PeerKey = Pick<Hello, 'ordinal' | 'session'>;

/** Creates a key with a new secret. */
export function newPeerKey(ordinal: number, randomBytes: (length: number) => Uint8Array): PeerKey {
  return { ordinal, session: randomBytes(16) };
}

/** The part of a peer's hello that describes it. */
export type PeerHello = Pick<Hello, 'services' | 'instance' | 'started' | 'metadata' | 'expiresInMs'>;

/** Feature of ends that can continue a conversation over another connection. */
export const resumeFeature = 'resume';

/** Parts of a hello that differ between connections. */
export interface HelloParts {
  /** The receiver, as far as it is known. */
  readonly caller: CallPeer;
  readonly peerKey?: PeerKey;
  readonly credentials?: unknown;
  /** Features of the other end's hello, when it came first: no others are named. */
  readonly asked?: readonly string[];
  /** Milliseconds until the identity that the other end was given expires. */
  readonly expiresInMs?: number | undefined;
  /** The session that the connection starts or continues; absent when there is none. */
  readonly session?: Pick<Hello, 'next' | 'received' | 'buffer'> | undefined;
}

/** Returns the hello of `node` for one connection, and the services that it announces. The accepting side has no key and no credentials. */
export function ownHello(
  node: PeerNode,
  { caller, peerKey, credentials, asked, expiresInMs, session }: HelloParts,
): { readonly hello: Hello; readonly advertised: Advertised } {
  const { id, instance, started, metadata, announced: limits } = node;
  const names = node.services.names(caller);
  const services = firstOf(names);
  // With only some of the names, the other end cannot resolve a name without a version.
  const advertised = services === names ? node.advertised(caller) : nothingAdvertised;
  const hello: Hello = {
    id,
    ordinal: peerKey?.ordinal ?? 1,
    session: peerKey?.session,
    next: session?.next,
    received: session?.received,
    buffer: session?.buffer,
    instance,
    started,
    metadata,
    expiresInMs: expiresInMs === Infinity ? undefined : expiresInMs,
    limits,
    features: featuresOf(node, session !== undefined, asked),
    services,
    offers: advertised.bodies,
    credentials,
  };
  return { hello, advertised };
}

/** @param asked features of the other end's hello, when it came first */
function featuresOf({ compression, parts, values, cycles }: PeerNode, session: boolean, asked?: readonly string[]): string[] {
  const features: string[] = [];
  if (compression !== undefined) features.push(compression.name);
  if (session) features.push(resumeFeature);
  const name = (feature: string): void => {
    if (asked === undefined || asked.includes(feature)) features.push(feature);
  };
  name('outcome');
  if (parts.longMessages) name(partsFeature);
  for (const feature of values?.features() ?? []) name(feature);
  name('results');
  name('writable');
  name('traces');
  name('doubt');
  if (cycles) name('graphs');
  return features;
}

/** Returns as many names as fit into the hello; the rest is announced afterwards. */
function firstOf(names: readonly string[]): readonly string[] {
  let room = helloLimit / 4;
  const end = names.findIndex((name) => {
    room -= name.length + 3;
    return room < 0;
  });
  return end < 0 ? names : names.slice(0, end);
}
