import type { CallOptions } from '../service/call/options.js';
import type { Queried } from '../service/call/remote.js';
import type { Listen, Unlisten } from '../util/emitter.js';
import type { EventListener } from './events/outgoing-subscriptions.js';
import type { PeerEvents, PeerState } from './state.js';

/** The other end of calls: one node (`RemotePeer`), or all nodes that have a service (`ServicePeer`). */
export interface Peer extends AsyncDisposable {
  /** The id of the node; the query of the service. */
  readonly id: string;
  readonly state: PeerState;
  /** Calls `listener` at each event; returns a function that ends it. */
  readonly on: Listen<PeerEvents>;
  /** Like `on`, for the next such event only. */
  readonly once: Listen<PeerEvents>;
  /** Removes one subscription of a listener, the latest. */
  readonly off: Unlisten<PeerEvents>;
  /** A typed proxy of a service. */
  queryInterface<T = Record<string, (...args: unknown[]) => Promise<unknown>>>(query: string): Promise<Queried<T>>;
  /** Gives back what `queryInterface` gave. */
  releaseInterface(proxy: object): void;
  /** Exposes a service of this node there. */
  exposeService(service: object): Promise<void>;
  /** Takes away what `exposeService` exposed. */
  concealService(name: string): Promise<void>;
  /** Runs a task there. */
  runTask<Result = unknown>(name: string, ...args: unknown[]): Promise<Result>;
  /** Calls one member of a service without a proxy. */
  call(service: string, method: string, args?: unknown[], options?: CallOptions): Promise<unknown>;
  /** Hears of events of the bus there. @typeParam Data what the listener takes them for: it comes as it was sent, unchecked */
  subscribe<Data = unknown>(pattern: string, listener: EventListener<Data>): Promise<() => Promise<void>>;
  /** Services that were announced, as `name@version`. */
  getServiceNames(): string[];
  /** Whether a service was announced; without version, in any. */
  hasService(name: string): boolean;
  /** Whether calls or streams are under way. */
  isBusy(): boolean;
  /** Ends it for good. */
  disconnect(): Promise<void>;
}
