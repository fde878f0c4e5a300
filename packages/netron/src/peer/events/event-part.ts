import type { EventPart } from '../link/link-parts.js';
import { PeerSubscriptions } from '../subscriptions.js';
import { Subscriptions } from './outgoing-subscriptions.js';

/** Events of the other end. */
export const eventPart: EventPart = {
  link: (link) => new Subscriptions(link),
  peer: (peer) => new PeerSubscriptions(peer),
};
