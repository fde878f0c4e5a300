import type { Connection } from '../transport/transport.js';
import type { Link } from './link/link.js';

/** The connection of a peer that is in use. */
export interface PeerLink {
  /** The transport connection; `terminate()` acts like a pulled cable. */
  readonly connection: Connection;
}

/** @internal The complete link, for internal use. */
export interface PeerLink extends Link {}
