import type { Discovery } from '../discovery/discovery.js';
import type { OutgoingChain } from '../peer/calls/outgoing-chain.js';
import type { RemotePeer } from '../peer/remote-peer.js';
import type { SessionOptions } from '../peer/session/session-options.js';
import type { ProxyTarget } from '../service/call/proxy.js';
import type { Clock } from '../util/clock.js';
import type { InFlight } from '../util/in-flight.js';
import type { Logger } from '../util/logger.js';
import type { Scheduler } from '../util/scheduler.js';
import type { Ticker } from '../util/ticker.js';

/** Node that a connection leads to: its id, when that is known. */
export interface NodeAddress {
  readonly address: string;
  readonly expect: string | undefined;
  /** Whether it may be shown credentials. */
  readonly trusted: boolean;
  /** Session of the connection; `true`: as the node has them. */
  readonly session: boolean | SessionOptions;
}

/** Members of a node that its service proxies use. */
export interface ClusterNode {
  readonly id: string;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly deadlines: Ticker;
  readonly inFlight: InFlight;
  /** Numbers from 0 to 1. */
  readonly random: () => number;
  readonly logger: Logger;
  /** Milliseconds; `Infinity` for no limit. */
  readonly requestTimeout: number;
  /** Milliseconds. */
  readonly connectTimeout: number;
  /** Around every call that this node makes; `undefined` when nothing is. */
  readonly outgoingChain: OutgoingChain | undefined;
  /** Whether it is connected with every node that discovery finds. */
  readonly connectsAll: boolean;
  /** Whether a service is called only at nodes that registries list, at the addresses that these name; `undefined`: none is. */
  readonly listedOnly: ((service: string) => boolean) | undefined;
  /** Peers that are connected, by id. */
  readonly peers: ReadonlyMap<string, RemotePeer>;
  /** Whether nodes are found by registries, as soon as these are there. */
  readonly discovers: boolean;
  /** `undefined` while it is off, or has not begun to start. */
  readonly discovery: Discovery | undefined;
  /** Place of this node, as it describes itself. */
  readonly place: { readonly zone?: string | undefined; readonly region?: string | undefined };
  connect(to: NodeAddress, signal: AbortSignal): Promise<RemotePeer>;
  /** Target of a service of this node; `undefined` when it has none that fits. */
  own(query: string): Promise<ProxyTarget | undefined>;
}
