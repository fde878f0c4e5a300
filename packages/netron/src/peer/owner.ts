/** The node behind a peer, and the part that keeps the peer connected, as the peer uses them. */
import type { Clock } from '../util/clock.js';
import type { ExposedServices, ExposingPeer } from './exposed-services.js';
import type { PeerIdentity } from './identity.js';
import type { PeerNode } from './peer-node.js';
import type { AwaitedPeer, Readiness } from './readiness.js';
import type { Renewal } from './renewal.js';
import type { LastingServices } from './services.js';

/** Parts of a peer that outlives its connections. A node has them; a client without them has one connection. */
export interface ReconnectPart extends LastingServices {
  /** Makes the queue of calls that wait for a connection. */
  readiness<Link>(peer: AwaitedPeer): Readiness<Link>;
  /** Makes the renewal of this node's identity at the other end; `renew` shows the credentials again. */
  renewal(clock: Clock, renew: () => Promise<void>, peer: { reportError(error: unknown): void }): Renewal;
}

/** Parts of a peer that calls this node. A client without them is not called. */
export interface CalledPart {
  /** Makes the identity of the peer; `changed` hears when it is that of somebody else. */
  identity(clock: Clock, changed: (now: unknown) => void): PeerIdentity;
  /** Makes the services of this node that are exposed on the peer. */
  exposed(peer: ExposingPeer): ExposedServices;
}

/** Members of the owning node that a peer uses and notifies. */
export interface PeerOwner<Peer> extends PeerNode {
  /** Absent: peers are closed with their connections. */
  readonly reconnect?: ReconnectPart;
  /** Absent: peers do not call this node. */
  readonly called?: CalledPart;
  /** The peer can be called from now on; called after each connect and reconnect. */
  peerConnected(peer: Peer): void;
  /** The peer cannot be called any more; `final` when it will not come back. */
  peerDisconnected(peer: Peer, final: boolean): void;
  /** The peer has announced a service. */
  serviceDiscovered(peer: Peer, service: string): void;
}

/** Keeps a peer connected: declared by the peer, implemented by whatever made it. */
export interface Reconnector<Peer> {
  /** The connection is lost; the reconnector connects again, waits for the other end, or closes the peer. */
  lost(peer: Peer, error: Error | undefined): void;
  /** The other end takes no more calls; a connection beside the one in use would do. */
  leaving?(peer: Peer): void;
  /** The program wants the connection to end. */
  ended(peer: Peer): void;
  /** The other end asks not to come back before `ms` milliseconds. */
  holdOff?(ms: number): void;
  /** Whether this end has made the connection. */
  readonly dialed?: true;
  /** Credentials for the other end, asked when the identity they gave is about to end. Absent on the accepting side. */
  credentials?(): Promise<unknown>;
  /** Whether the program is asked for them each time. */
  readonly asks?: boolean;
}
