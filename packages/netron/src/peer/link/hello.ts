/** What this end says of itself when a connection begins. */
import { helloLimit } from '../../wire/limits.js';
import { readableFeatures } from '../../wire/value-features.js';
import type { PeerNode } from '../peer-node.js';
import { type Advertised, nothingAdvertised } from '../references/advertised.js';
import type { Hello } from './handshake.js';

/** Identifies one of the connections that a node has to an address: its number, and the secret that the other end knows it by. */
export type PeerKey = Pick<Hello, 'ordinal' | 'session'>;

/** Makes a key with a fresh secret. */
export function newPeerKey(ordinal: number): PeerKey {
  return { ordinal, session: crypto.getRandomValues(new Uint8Array(16)) };
}

/**
 * The hello of `node` for one connection, and the services it brings. The accepting side has no key and no credentials.
 *
 * @param asked features of the other end's hello, when it came first: others are not named
 */
export function ownHello(
  node: PeerNode,
  { peerKey, credentials, asked }: { peerKey?: PeerKey; credentials?: unknown; asked?: readonly string[] },
): { readonly hello: Hello; readonly advertised: Advertised } {
  const { id, instance, started, metadata, limits, compression } = node;
  const names = node.services.names();
  const services = firstOf(names);
  // Who has only some of the names cannot tell what a name without version means.
  const advertised = services === names ? node.advertised() : nothingAdvertised;
  const hello: Hello = {
    id,
    ordinal: peerKey?.ordinal ?? 1,
    session: peerKey?.session,
    instance,
    started,
    metadata,
    limits,
    features: [
      ...(compression === undefined ? [] : [compression.name]),
      ...readableFeatures().filter((name) => asked === undefined || asked.includes(name)),
    ],
    services,
    offers: advertised.bodies,
    credentials,
  };
  return { hello, advertised };
}

/** As many names as hello has room for; the others follow it. */
function firstOf(names: readonly string[]): readonly string[] {
  let room = helloLimit / 4;
  const end = names.findIndex((name) => {
    room -= name.length + 3;
    return room < 0;
  });
  return end < 0 ? names : names.slice(0, end);
}
