import { callPackets } from '../calls/call-packets.js';
import { callPromises } from '../calls/call-promise.js';
import { callbackPart } from '../calls/callback-part.js';
import { Pipelining } from '../calls/pipelining.js';
import { traceCall } from '../calls/traced-call.js';
import { eventPackets } from '../events/event-packets.js';
import { eventPart } from '../events/event-part.js';
import { handlePart } from '../references/handle-part.js';
import { streamPackets } from '../streams/stream-packets.js';
import { streamPart } from '../streams/stream-part.js';
import { flowPart } from './flow-part.js';
import { heartbeatPart } from './heartbeat-part.js';
import { basePackets, packetTable } from './link-packets.js';
import type { LinkParts } from './link-parts.js';
import { longMessagePart } from './long-message-part.js';

/** All parts of a link, as nodes have them. */
export const allParts: LinkParts = {
  packets: packetTable(basePackets, callPackets, streamPackets, eventPackets),
  callbacks: callbackPart,
  streams: streamPart,
  events: eventPart,
  longMessages: longMessagePart,
  handles: handlePart,
  heartbeat: heartbeatPart,
  flow: flowPart,
  promises: callPromises,
  pipelining: (link, pending, calls) => new Pipelining(link, pending, calls),
  observe: traceCall,
};
