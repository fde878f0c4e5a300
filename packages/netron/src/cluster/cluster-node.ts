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

/** Address of a node to connect to, and its id, if that is known. */
export interface NodeAddress {
  readonly address: string;
  readonly expect: string | undefined;
  /** Whether credentials may be presented to it. */
  readonly trusted: boolean;
  /** Session of the connection; `true`: with the bounds of this node. */
  readonly session: boolean | SessionOptions;
}

/** Members of a node that its service proxies use. */
export interface ClusterNode {
  readonly id: string;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly deadlines: Ticker;
  readonly inFlight: InFlight;
  /** Returns numbers from 0 to 1. */
  readonly random: () => number;
  readonly logger: Logger;
  /** Milliseconds; `Infinity` for no limit. */
  readonly requestTimeout: number;
  /** Milliseconds. */
  readonly connectTimeout: number;
  /** Middleware around every call that this node makes; `undefined` without any. */
  readonly outgoingChain: OutgoingChain | undefined;
  /** Whether this node connects to every node that discovery finds. */
  readonly connectsAll: boolean;
  /** Returns whether a service is called only at nodes that registries list, at the addresses they give; `undefined`: no service is. */
  readonly listedOnly: ((service: string) => boolean) | undefined;
  /** Connected peers, by id. */
  readonly peers: ReadonlyMap<string, RemotePeer>;
  /** Whether nodes are found through registries, once these have answered. */
  readonly discovers: boolean;
  /** `undefined` while discovery is off or has not begun to start. */
  readonly discovery: Discovery | undefined;
  /** Place of this node, from its description. */
  readonly place: { readonly zone?: string | undefined; readonly region?: string | undefined };
  connect(to: NodeAddress, signal: AbortSignal): Promise<RemotePeer>;
  /** Returns the target of this node's own service; `undefined` when it has none that fits. */
  own(query: string): Promise<ProxyTarget | undefined>;
}
