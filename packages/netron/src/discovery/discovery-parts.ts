/** Types of the parts of a node's discovery. */
import type { Clock } from '../util/clock.js';
import type { Logger } from '../util/logger.js';
import type { BackendListener, DiscoveryBackend } from './backend.js';
import type { NodeInfo } from './node-info.js';
import type { TlsNames } from './tls-names.js';

/** Members of a node that discovery uses. */
export interface DiscoveryNode {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** Schemes of addresses that the node can connect to. */
  readonly schemes: ReadonlySet<string>;
  /** Returns the node as it is announced now. */
  own(): NodeInfo;
  /** Whether a node certainly exists: this one, and connected ones. */
  connected(id: string): boolean;
  /** Opens one more listener of the node. */
  listen(transport: string, at: string): Promise<BackendListener>;
}

/** Settings of discovery, from `DiscoveryOptions`. */
export interface DiscoverySettings {
  readonly backends: readonly DiscoveryBackend[];
  readonly interval: number;
  readonly ttl: number;
  readonly namespace: string;
  /** Key for the signatures of records. */
  readonly secret: string | undefined;
  /** Host names to which credentials may be presented. Default: none. */
  readonly trust?: TlsNames;
  /** Whether `start` rejects when a backend cannot start. */
  readonly required: boolean;
  /** Milliseconds that `start` waits for backends. */
  readonly startTimeout: number;
}
