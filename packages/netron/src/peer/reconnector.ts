import type { RemotePeer } from './remote-peer.js';

/** What a peer asks of whoever made it. */
export interface PeerHome {
  /** The connection is lost; the home reconnects, waits for the other end, or closes the peer. */
  lost(peer: RemotePeer, error: Error | undefined): void;
  /** The program wants the connection to end. */
  ended(peer: RemotePeer): void;
  /** The other end asks not to come back before `ms` milliseconds. */
  holdOff?(ms: number): void;
}
