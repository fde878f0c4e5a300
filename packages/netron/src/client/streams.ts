import { heartbeatPart } from '../peer/link/heartbeat-part.js';
import { handlePart } from '../peer/references/handle-part.js';
import { streamPackets } from '../peer/streams/stream-packets.js';
import { streamPart } from '../peer/streams/stream-part.js';
import { addPackets, type ClientPart } from './part.js';

/**
 * Part of a client for streams and files, in both directions. Without it they cannot be sent, and a call that returns one fails with
 * `failed_precondition`.
 */
export function streams(): ClientPart {
  return {
    name: 'streams',
    install(client) {
      client.parts.streams = streamPart;
      client.parts.handles = handlePart;
      client.parts.heartbeat = heartbeatPart;
      addPackets(client, streamPackets);
    },
  };
}
