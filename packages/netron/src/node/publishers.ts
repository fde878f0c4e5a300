/** Events of a node for its peers: makes the publisher of each link, which asks the node which events a peer may receive. */
import { EventEncoder } from '../peer/events/event-encoder.js';
import { Publisher, type PublisherNode } from '../peer/events/publisher.js';
import type { NodeBasis } from '../peer/node-role.js';
import type { PeerNode } from '../peer/peer-node.js';
import type { EventAccess } from './event-access.js';
import type { SeenServices } from './seen-services.js';

/**
 * Returns the function that makes publishers. They share the encoded bytes of an event.
 *
 * @param selective whether peers see different services
 */
export function publishers(
  { errors, values }: Pick<NodeBasis, 'errors' | 'values'>,
  services: Pick<SeenServices, 'names' | 'unseen' | 'allowEvent'>,
  access: Pick<EventAccess, 'attach'>,
  selective: boolean,
): NonNullable<PeerNode['publisher']> {
  const node: PublisherNode = {
    events: new EventEncoder(errors, values),
    selective,
    names: (caller) => services.names(caller),
    unseen: (caller) => services.unseen(caller),
    allow: (caller, service, event) => services.allowEvent(caller, service, event),
    attach: (service, subscriber) => access.attach(service, subscriber),
  };
  return (link, announced, concealed) => new Publisher(link, node, announced, concealed);
}
