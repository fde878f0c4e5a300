/** Events of a peer's connection. */

/**
 * `connecting`: the first connection is being made. `ready`: calls go out. `draining`: the other end finishes what runs and
 * takes no more. `suspended`: the connection is lost; this side makes a new one, or waits for the other. `closed`: for ever.
 */
export type PeerState = 'connecting' | 'ready' | 'draining' | 'suspended' | 'closed';

/** Events of a peer. */
export interface PeerEvents {
  /** A connection is there, the first or another; calls go out. */
  connected: undefined;
  /** Reason why the connection ended. */
  disconnected: string;
  /** The connection is lost; what was under way goes on over the next one, which is being made. Only with sessions. */
  interrupted: string;
  /** Everything goes on over another connection. */
  resumed: undefined;
  /** The peer is somebody else from now on: its new identity, `undefined` when it is anonymous. */
  identity: unknown;
  /** The peer takes no more calls on this connection, and why; what runs is finished. */
  draining: string;
  /** Something failed that nobody awaits, for instance a subscriber. */
  error: Error;
  /** Services of the peer that came, as `name@version`. */
  'services:added': readonly string[];
  /** Services of the peer that went, as `name@version`. */
  'services:removed': readonly string[];
}
