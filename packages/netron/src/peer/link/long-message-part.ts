import { IncomingParts } from './incoming-parts.js';
import type { LongMessagePart } from './link-parts.js';
import { OutgoingParts } from './outgoing-parts.js';
import { refuseMessage } from './refuse-message.js';

/** Support for long messages, which are sent in parts with other messages between them. */
export const longMessagePart: LongMessagePart = {
  incoming: (link) => new IncomingParts(link, (subject, error) => refuseMessage(link, subject, error)),
  outgoing: (connection, scheduler, drained) => new OutgoingParts(connection, scheduler, drained),
};
