import type { Link } from './link/link.js';

/**
 * Work between this node and a peer at this moment: in flight, queued and dropped. Each figure has a limit, see the guide on limits. All
 * but `callsWaiting` start at 0 with each connection, `eventsDropped` included, and are 0 while there is none.
 */
export interface PeerLoad {
  /** Calls of this node that the peer has not answered. */
  readonly callsSent: number;
  /** Calls of this node that wait for a place at the peer, or for a connection. */
  readonly callsWaiting: number;
  /** Calls of the peer that have not ended, including those that have not started. */
  readonly callsRunning: number;
  /** Calls of the peer that have not started because it does not read its answers. */
  readonly callsKept: number;
  /** Answers that wait until the peer has read earlier ones. */
  readonly answersKept: number;
  /** Results of calls of the peer that it may still refer to in further calls. */
  readonly resultsHeld: number;
  /** Bytes that the system has not taken yet. */
  readonly bytesUnsent: number;
  /** Streams to the peer. */
  readonly streamsOut: number;
  /** Streams from the peer. */
  readonly streamsIn: number;
  /** References to objects of this node that the peer holds, without the services announced in the hello. */
  readonly handlesGiven: number;
  /** References to objects of the peer, without the services announced in its hello. */
  readonly handlesHeld: number;
  /** The peer's subscriptions to events of this node. */
  readonly subscriptions: number;
  /** Events that wait until the peer reads. */
  readonly eventsWaiting: number;
  /** Events dropped because the peer did not read for too long. */
  readonly eventsDropped: number;
}

/** @param waiting number of calls that wait for a connection */
export function loadOf(link: Link | undefined, waiting: number): PeerLoad {
  const { calls, incoming, outbox, outgoingStreams, incomingStreams, exports, imports, publisher } = link ?? {};
  return {
    callsSent: calls?.sent ?? 0,
    callsWaiting: waiting + (calls?.waiting ?? 0),
    callsRunning: incoming?.size ?? 0,
    callsKept: incoming?.notBegun ?? 0,
    answersKept: incoming?.unanswered ?? 0,
    resultsHeld: incoming?.held ?? 0,
    bytesUnsent: outbox?.pending ?? 0,
    streamsOut: outgoingStreams?.size ?? 0,
    streamsIn: incomingStreams?.size ?? 0,
    handlesGiven: exports?.size ?? 0,
    handlesHeld: imports?.counted ?? 0,
    subscriptions: publisher?.size ?? 0,
    eventsWaiting: publisher?.waiting ?? 0,
    eventsDropped: publisher?.dropped ?? 0,
  };
}
