/** Parts that the discovery of a node is made of. */
import type { Clock } from '../util/clock.js';
import type { Logger } from '../util/logger.js';
import type { BackendListener, DiscoveryBackend } from './backend.js';
import type { NodeInfo } from './node-info.js';
import type { TlsNames } from './tls-names.js';

/** Parts of a node that discovery uses. */
export interface DiscoveryNode {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** Schemes of addresses that the node can connect to. */
  readonly schemes: ReadonlySet<string>;
  /** The node as it is announced, now. */
  own(): NodeInfo;
  /** Whether a node is there for certain: this one, and those that are connected. */
  connected(id: string): boolean;
  /** Makes the node listen somewhere more. */
  listen(transport: string, at: string): Promise<BackendListener>;
}

/** Settings of discovery, made of `DiscoveryOptions`. */
export interface DiscoverySettings {
  readonly backends: readonly DiscoveryBackend[];
  readonly interval: number;
  readonly ttl: number;
  readonly namespace: string;
  /** Key of the records' signatures. */
  readonly secret: string | undefined;
  /** Names of hosts that may be shown credentials. Default: none. */
  readonly trust?: TlsNames;
  /** A backend that cannot start makes `start` fail. */
  readonly required: boolean;
  /** Milliseconds that `start` waits for backends. */
  readonly startTimeout: number;
}
