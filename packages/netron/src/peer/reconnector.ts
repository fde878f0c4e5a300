import type { RemotePeer } from './remote-peer.js';

/** Keeps a peer connected: declared by the peer, implemented by whatever made it. */
export interface Reconnector {
  /** The connection is lost; the reconnector connects again, waits for the other end, or closes the peer. */
  lost(peer: RemotePeer, error: Error | undefined): void;
  /** The program wants the connection to end. */
  ended(peer: RemotePeer): void;
  /** The other end asks not to come back before `ms` milliseconds. */
  holdOff?(ms: number): void;
}
