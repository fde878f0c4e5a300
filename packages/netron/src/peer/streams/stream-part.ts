import { serviceStream } from '../../service/call/service-stream.js';
import { discardStreams, guardStreams } from '../../service/call/stream-source.js';
import type { StreamPart } from '../link/link-parts.js';
import { IncomingStreams } from './incoming.js';
import { OutgoingStreams } from './outgoing.js';
import { presentStream } from './remote-stream.js';

/** Support for streams. */
export const streamPart: StreamPart = {
  incoming: (link) => new IncomingStreams(link),
  outgoing: (link) => new OutgoingStreams(link),
  present: presentStream,
  answer: serviceStream,
  guard: guardStreams,
  discard: discardStreams,
};
