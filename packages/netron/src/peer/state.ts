/** States and events of a peer's connection. */

/**
 * `connecting`: the first connection is being made. `ready`: calls are sent. `draining`: the other end finishes running calls and accepts
 * no more. `suspended`: the connection is lost; this end reconnects, or waits for the other end. `closed`: final.
 */
export type PeerState = 'connecting' | 'ready' | 'draining' | 'suspended' | 'closed';

/** Events of a peer. */
export interface PeerEvents {
  /** A connection is ready, the first or a later one; calls are sent. */
  connected: undefined;
  /** The connection has ended, with the reason. */
  disconnected: string;
  /** The connection is lost; everything in progress continues over the next one. Only with sessions. */
  interrupted: string;
  /** Everything continues over another connection. */
  resumed: undefined;
  /** The caller has changed; the value is the new identity, `undefined` for an anonymous peer. */
  identity: unknown;
  /** The peer accepts no more calls on this connection, with the reason; running calls finish. */
  draining: string;
  /** A failure that no caller awaits, for instance of a subscriber. */
  error: Error;
  /** Services that the peer has added, as `name@version`. */
  'services:added': readonly string[];
  /** Services that the peer has removed, as `name@version`. */
  'services:removed': readonly string[];
}
