/** The node of a peer, and the reconnector that keeps the peer connected, as the peer uses them. */
import type { Clock } from '../util/clock.js';
import type { ExposedServices, ExposingPeer } from './exposed-services.js';
import type { PeerIdentity } from './identity.js';
import type { PeerNode } from './peer-node.js';
import type { AwaitedPeer, Readiness } from './readiness.js';
import type { Renewal } from './renewal.js';
import type { LastingServices } from './services.js';

/** Support for peers that survive their connections. A node has it; a client without it has a single connection. */
export interface ReconnectPart extends LastingServices {
  /** Creates the queue of calls that wait for a connection. */
  readiness<Link>(peer: AwaitedPeer): Readiness<Link>;
  /** Creates the renewal of this node's identity at the other end; `renew` sends the credentials again. */
  renewal(clock: Clock, renew: () => Promise<void>, peer: { reportError(error: unknown): void }): Renewal;
}

/** Support for peers that call this node. A client without it is not called. */
export interface CalledPart {
  /** Creates the identity of the peer; `changed` is called when the caller changes. */
  identity(clock: Clock, changed: (now: unknown) => void): PeerIdentity;
  /** Creates the services of this node that are exposed on the peer. */
  exposed(peer: ExposingPeer): ExposedServices;
}

/** Members of the owning node that a peer uses and notifies. */
export interface PeerOwner<Peer> extends PeerNode {
  /** Absent: peers close with their connections. */
  readonly reconnect?: ReconnectPart;
  /** Absent: peers do not call this node. */
  readonly called?: CalledPart;
  /** Notes that the peer accepts calls; called after each connect and reconnect. */
  peerConnected(peer: Peer): void;
  /** Notes that the peer accepts no calls; `final` when it will not return. */
  peerDisconnected(peer: Peer, final: boolean): void;
  /** Notes that the peer has announced a service. */
  serviceDiscovered(peer: Peer, service: string): void;
}

/** Keeps a peer connected: declared by the peer, implemented by the code that created it. */
export interface Reconnector<Peer> {
  /** Handles a lost connection: reconnects, waits for the other end, or closes the peer. */
  lost(peer: Peer, error: Error | undefined): void;
  /** Handles a draining connection: the other end accepts no more calls, so another connection is needed beside it. */
  leaving?(peer: Peer): void;
  /** Handles a disconnect by the program. */
  ended(peer: Peer): void;
  /** Delays the next attempt by at least `ms` milliseconds, as the other end has asked. */
  holdOff?(ms: number): void;
  /** Whether this end has opened the connection. */
  readonly dialed?: true;
  /**
   * Returns credentials for the other end, when the identity obtained with the last ones is about to expire. Absent on the accepting side.
   */
  credentials?(): Promise<unknown>;
  /** Whether the program is asked for them each time. */
  readonly asks?: boolean;
}
