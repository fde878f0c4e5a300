/**
 * Parts of a link that a client may do without, each behind the members that the rest of the link uses. A node has all of them;
 * a client that declines one is without its code, and answers what the other end sends of it.
 */

import type { Connection } from '../../transport/transport.js';
import type { Scheduler } from '../../util/scheduler.js';
import type { Ticking } from '../../util/ticker.js';
import type { PacketReader } from '../../wire/packets.js';
import type { CallResults } from '../calls/call-results.js';
import type { AnsweringLink, IncomingCalls } from '../calls/incoming.js';
import type { PendingCalls } from '../calls/pending.js';
import type { PipelinedCalls, PipeliningLink } from '../calls/pipelining.js';
import type { CallPromises } from '../calls/promises.js';
import type { CallObservation } from '../calls/traced-call.js';
import type { SubscribingLink, Subscriptions } from '../events/outgoing-subscriptions.js';
import type { Advertised } from '../references/advertised.js';
import type { ExportingNode, Exports } from '../references/exports.js';
import type { HandleReading, PresentStream } from '../references/incoming-handles.js';
import type { EncodingLink, OutgoingHandles } from '../references/outgoing-handles.js';
import type { IncomingStreams } from '../streams/incoming.js';
import type { ConsumingLink } from '../streams/incoming-stream.js';
import type { OutgoingStreams } from '../streams/outgoing.js';
import type { ProducingLink } from '../streams/outgoing-stream.js';
import type { PeerSubscriptions, SubscribingPeer } from '../subscriptions.js';
import type { Heartbeat, HeartbeatLink } from './heartbeat.js';
import type { AssemblingLink, IncomingParts } from './incoming-parts.js';
import type { RoutedLink } from './link-packets.js';
import type { OutgoingParts } from './outgoing-parts.js';
import type { GatedLink, ReadGate } from './read-gate.js';
import type { ReceiveAccount, ReceiveBudget } from './receive-budget.js';
import type { WaitedFor } from './refuse-message.js';

/** Members of a class, for others to have as well. */
type Members<T> = Pick<T, keyof T>;

/** Calls from the other end, and references to objects of this program. */
export interface CallbackPart {
  incoming(link: AnsweringLink): Omit<IncomingCalls, 'beginKept'>;
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
  incoming(link: ConsumingLink): Omit<IncomingStreams, 'reserve' | 'tick' | 'tickerPlace' | 'forget'>;
  outgoing(link: ProducingLink): Members<OutgoingStreams>;
  /** Returns what the program gets of a stream. */
  readonly present: PresentStream;
  /** Returns what the program gets of a call whose result is a stream: it can be iterated at once. */
  answer(opened: Promise<unknown>): object;
  /** Hears errors of the streams in a value that has to wait until it is sent. */
  guard(value: unknown): void;
  /** Ends all streams in a value that is not sent. */
  discard(value: unknown, report: (error: unknown) => void): void;
}

/** Events of the other end. */
export interface EventPart {
  /** Makes the subscriptions of one link. */
  link(link: SubscribingLink): Members<Subscriptions>;
  /** Makes those that outlive connections. */
  peer(peer: SubscribingPeer): Members<PeerSubscriptions>;
}

/** Values that travel as numbers, but for references of the other end. */
export interface HandlePart extends HandleReading {
  /** Writes those that this end sends. */
  outgoing(link: EncodingLink): Members<OutgoingHandles>;
}

/** Messages that are too long to be sent at once. */
export interface LongMessagePart {
  incoming(link: AssemblingLink & WaitedFor): IncomingParts;
  /** @param relieved called when there is room again although the connection had said nothing */
  outgoing(connection: Pick<Connection, 'pending' | 'send'>, scheduler: Scheduler, relieved: () => void): OutgoingParts;
}

/** Bounds of what a link receives. */
export interface FlowPart {
  /** Makes the link's share of the memory for what is being received. */
  account(budget: ReceiveBudget): Members<ReceiveAccount>;
  /** Makes what lets the other end wait while it does not take its answers. */
  gate(link: GatedLink): Members<ReadGate>;
}

/** Makes what notices that the other end of a link is gone, and measures the line. */
export type HeartbeatPart = (link: HeartbeatLink) => Omit<Members<Heartbeat>, keyof Ticking>;

export interface LinkParts {
  /** Readers of packets, by their kinds. */
  readonly packets: readonly PacketReader<RoutedLink>[];
  readonly callbacks: CallbackPart;
  readonly streams: StreamPart;
  readonly events: EventPart;
  readonly longMessages?: LongMessagePart;
  readonly handles: HandlePart;
  readonly heartbeat: HeartbeatPart;
  readonly flow: FlowPart;
  readonly promises: CallPromises;
  /** Calls on results of calls under way, and those results as arguments. */
  readonly pipelining?: (link: PipeliningLink, pending: PendingCalls, calls: PipelinedCalls) => CallResults;
  readonly observe?: CallObservation;
}
