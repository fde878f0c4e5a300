import type { EventPart } from '../link/link-parts.js';
import { PeerSubscriptions } from '../subscriptions.js';
import { Subscriptions } from './outgoing-subscriptions.js';

/** Support for events of the other end. */
export const eventPart: EventPart = {
  link: (link) => new Subscriptions(link),
  peer: (peer) => new PeerSubscriptions(peer),
};
