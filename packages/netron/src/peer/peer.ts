import type { CallOptions } from '../service/call/options.js';
import type { Queried } from '../service/call/remote.js';
import type { Listen, Unlisten } from '../util/emitter.js';
import type { EventListener } from './events/outgoing-subscriptions.js';
import type { PeerEvents, PeerState } from './state.js';

/** The callee of calls: one node (`RemotePeer`), or all nodes that have a service (`ServicePeer`). */
export interface Peer extends AsyncDisposable {
  /** The id of the node, or the query of the service. */
  readonly id: string;
  readonly state: PeerState;
  /** Calls `listener` for each event; returns a function that removes it. */
  readonly on: Listen<PeerEvents>;
  /** Like `on`, for the next event only. */
  readonly once: Listen<PeerEvents>;
  /** Removes one subscription of a listener, the latest. */
  readonly off: Unlisten<PeerEvents>;
  /** Returns a typed proxy of a service. */
  queryInterface<T = Record<string, (...args: unknown[]) => Promise<unknown>>>(query: string): Promise<Queried<T>>;
  /** Releases a proxy returned by `queryInterface`. */
  releaseInterface(proxy: object): void;
  /** Exposes a service of this node there. */
  exposeService(service: object): Promise<void>;
  /** Removes a service exposed by `exposeService`. */
  concealService(name: string): Promise<void>;
  /** Runs a task there. */
  runTask<Result = unknown>(name: string, ...args: unknown[]): Promise<Result>;
  /** Calls one member of a service without a proxy. */
  call(service: string, method: string, args?: unknown[], options?: CallOptions): Promise<unknown>;
  /** Subscribes to events of the bus there. @typeParam Data assumed type of the event data, which is not checked */
  subscribe<Data = unknown>(pattern: string, listener: EventListener<Data>): Promise<() => Promise<void>>;
  /** Returns the announced services, as `name@version`. */
  getServiceNames(): string[];
  /** Whether a service was announced; without a version, in any version. */
  hasService(name: string): boolean;
  /** Whether calls or streams are in progress. */
  isBusy(): boolean;
  /** Closes it for good. */
  disconnect(): Promise<void>;
}
