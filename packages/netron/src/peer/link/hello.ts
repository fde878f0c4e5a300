/** What this end says of itself when a connection begins. */
import { helloLimit } from '../../wire/limits.js';
import type { PeerNode } from '../peer-node.js';
import { noOffers, type Offers } from '../references/advertised.js';
import type { Hello } from './handshake.js';

/** One of the connections that a node has to an address: the number and the secret that the other end knows it by. */
export type Seat = Pick<Hello, 'ordinal' | 'session'>;

/** A seat with a secret that nobody has had. */
export function newSeat(ordinal: number): Seat {
  return { ordinal, session: crypto.getRandomValues(new Uint8Array(16)) };
}

/** The hello of `node` for one connection, and what it offers in it. Who accepts has no seat and shows no credentials. */
export function ownHello(node: PeerNode, seat?: Seat, credentials?: unknown): { readonly hello: Hello; readonly offers: Offers } {
  const { id, limits, compression } = node;
  const names = node.services.names();
  const services = firstOf(names);
  // Who has only some of the names cannot tell what a name without version means.
  const offers = services === names ? node.offers() : noOffers;
  const hello: Hello = {
    id,
    ordinal: seat?.ordinal ?? 1,
    session: seat?.session,
    limits,
    features: compression === undefined ? [] : [compression.name],
    services,
    offers: offers.bodies,
    credentials,
  };
  return { hello, offers };
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
