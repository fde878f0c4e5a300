/** The node behind a peer, and the part that keeps the peer connected, as the peer uses them. */
import type { PeerNode } from './peer-node.js';

/** Members of the owning node that a peer uses and notifies. */
export interface PeerOwner<Peer> extends PeerNode {
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
  /** Credentials for the other end. Absent on the accepting side. */
  credentials?(): Promise<unknown>;
}
