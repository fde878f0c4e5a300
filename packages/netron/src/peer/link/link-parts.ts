/**
 * Parts of a link that a client may do without, each behind the members that the rest of the link uses. A node has all of them;
 * a client that declines one is without its code, and answers what the other end sends of it.
 */

import type { Connection } from '../../transport/transport.js';
import type { Scheduler } from '../../util/scheduler.js';
import type { CallSender } from '../calls/call-sender.js';
import type { AnsweringLink, IncomingCalls } from '../calls/incoming.js';
import type { Advertised } from '../references/advertised.js';
import type { ExportingNode, Exports } from '../references/exports.js';
import type { IncomingStreams } from '../streams/incoming.js';
import type { ConsumingLink, IncomingStream } from '../streams/incoming-stream.js';
import type { OutgoingStreams } from '../streams/outgoing.js';
import type { ProducingLink } from '../streams/outgoing-stream.js';
import type { StreamKind } from '../streams/source.js';
import type { AssemblingLink, IncomingParts } from './incoming-parts.js';
import type { OutgoingParts } from './outgoing-parts.js';
import type { WaitedFor } from './refuse-message.js';

/** Members of a class, for others to have as well. */
type Members<T> = Pick<T, keyof T>;

/** Calls from the other end, and references to objects of this program. */
export interface CallbackPart {
  incoming(link: AnsweringLink): Members<IncomingCalls>;
  /**
   * @param limit handles the other end accepts at a time
   * @param advertised what hello has told of this node's services
   */
  exports(node: ExportingNode, limit: number, advertised: Advertised): Members<Exports>;
  /** Returns the service that stands for a writable stream. */
  writable(stream: WritableStream<unknown>): object;
}

/** Streams and files in both directions. */
export interface StreamPart {
  incoming(link: ConsumingLink): Omit<IncomingStreams, 'reserve' | 'tick' | 'forget'>;
  outgoing(link: ProducingLink): Members<OutgoingStreams>;
  /**
   * Returns what the program gets of a stream.
   *
   * @param calls carry what the consumer tells the producer
   */
  present(stream: IncomingStream, kind: StreamKind, calls: CallSender): object;
}

/** Messages that are too long to be sent at once. */
export interface LongMessagePart {
  incoming(link: AssemblingLink & WaitedFor): IncomingParts;
  /** @param relieved called when there is room again although the connection had said nothing */
  outgoing(connection: Pick<Connection, 'pending' | 'send'>, scheduler: Scheduler, relieved: () => void): OutgoingParts;
}

export interface LinkParts {
  readonly callbacks: CallbackPart;
  readonly streams: StreamPart;
  readonly longMessages?: LongMessagePart;
}
