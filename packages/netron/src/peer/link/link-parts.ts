/**
 * Optional parts of a link, each behind the members that the rest of the link uses. A node has all of them. A client without a part does
 * not include its code, and refuses what the other end sends for it.
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

/** The public members of a class, for other implementations. */
type Members<T> = Pick<T, keyof T>;

/** Support for calls from the other end, and for references to objects of this program. */
export interface CallbackPart {
  incoming(link: AnsweringLink): Omit<IncomingCalls, 'beginKept'>;
  /**
   * @param limit most handles that the other end accepts
   * @param advertised services of this node that the hello has announced
   */
  exports(node: ExportingNode, limit: number, advertised: Advertised): Members<Exports>;
  /** Returns the service that represents a writable stream. */
  writable(stream: WritableStream<unknown>): object;
}

/** Support for streams and files in both directions. */
export interface StreamPart {
  incoming(link: ConsumingLink): Omit<IncomingStreams, 'reserve' | 'tick' | 'tickerPlace' | 'forget'>;
  outgoing(link: ProducingLink): Members<OutgoingStreams>;
  /** Converts a stream to the object that the program receives. */
  readonly present: PresentStream;
  /** Converts a call whose result is a stream to an object that can be iterated at once. */
  answer(opened: Promise<unknown>): object;
  /** Handles errors of the streams in a value that waits to be sent. */
  guard(value: unknown): void;
  /** Closes all streams in a value that is not sent. */
  discard(value: unknown, report: (error: unknown) => void): void;
}

/** Support for events of the other end. */
export interface EventPart {
  /** Creates the subscriptions of one link. */
  link(link: SubscribingLink): Members<Subscriptions>;
  /** Creates the subscriptions that survive connections. */
  peer(peer: SubscribingPeer): Members<PeerSubscriptions>;
}

/** Values that travel as numbers, but for references of the other end. */
export interface HandlePart extends HandleReading {
  /** Creates the encoder of handles for this end. */
  outgoing(link: EncodingLink): Members<OutgoingHandles>;
}

/** Support for messages that are too long to be sent at once. */
export interface LongMessagePart {
  incoming(link: AssemblingLink & WaitedFor): IncomingParts;
  /** @param drained called when there is room again although the connection did not signal it */
  outgoing(connection: Pick<Connection, 'pending' | 'send'>, scheduler: Scheduler, drained: () => void): OutgoingParts;
}

/** Limits for what a link receives. */
export interface FlowPart {
  /** Creates the link's share of the memory for received data. */
  account(budget: ReceiveBudget): Members<ReceiveAccount>;
  /** Creates the gate that stops reading while the other end does not read its answers. */
  gate(link: GatedLink): Members<ReadGate>;
}

/** Creates the heartbeat, which detects that the other end is gone and measures the round trip. */
export type HeartbeatPart = (link: HeartbeatLink) => Omit<Members<Heartbeat>, keyof Ticking>;

export interface LinkParts {
  /** Readers of packets by kind. */
  readonly packets: readonly PacketReader<RoutedLink>[];
  readonly callbacks: CallbackPart;
  readonly streams: StreamPart;
  readonly events: EventPart;
  readonly longMessages?: LongMessagePart;
  readonly handles: HandlePart;
  readonly heartbeat: HeartbeatPart;
  readonly flow: FlowPart;
  readonly promises: CallPromises;
  /** Support for calls on pending results, and for pending results as arguments. */
  readonly pipelining?: (link: PipeliningLink, pending: PendingCalls, calls: PipelinedCalls) => CallResults;
  readonly observe?: CallObservation;
}
