import { eventPackets } from '../peer/events/event-packets.js';
import { eventPart } from '../peer/events/event-part.js';
import { addPackets, type ClientPart } from './part.js';

/** Part of a client for events: those of the other node's bus, `peer.subscribe`, and those of services, `service.on`. */
export function events(): ClientPart {
  return {
    name: 'events',
    install(client) {
      client.parts.events = eventPart;
      addPackets(client, eventPackets);
    },
  };
}
