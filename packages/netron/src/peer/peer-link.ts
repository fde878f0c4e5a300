import type { Connection } from '../transport/transport.js';
import type { Link } from './link/link.js';

/** The connection to a peer that is in use. */
export interface PeerLink {
  /** Connection of its messages; `terminate()` acts as a pulled cable. */
  readonly connection: Connection;
}

/** @internal The whole of it, for what is behind a peer. */
export interface PeerLink extends Link {}
