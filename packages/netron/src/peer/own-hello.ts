/** What this end says of itself when a connection begins. */
import { helloLimit } from '../wire/limits.js';
import type { Hello } from './handshake.js';
import type { PeerNode } from './peer-node.js';

/** One of the connections that a node has to an address: the number and the secret that the other end knows it by. */
export type Seat = Pick<Hello, 'ordinal' | 'session'>;

/** A seat with a secret that nobody has had. */
export function newSeat(ordinal: number): Seat {
  return { ordinal, session: crypto.getRandomValues(new Uint8Array(16)) };
}

/** The hello of `node`, for one connection. Who accepts has no seat and shows no credentials. */
export function ownHello(node: PeerNode, { ordinal, session }: Seat, credentials: unknown): Hello {
  const { id, limits, compression, services } = node;
  return {
    id,
    ordinal,
    session,
    limits,
    features: compression === undefined ? [] : [compression.name],
    services: firstOf(services.names()),
    credentials,
  };
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
