/** The state of an application as plain data, from an agent in the page to a panel. */

/** A signal or computed that a component tracks. */
export interface SignalInfo {
  readonly id: number;
  /** The option `name` of the signal, or else its kind. */
  readonly name: string;
  /** Absent while values are hidden. */
  readonly value?: string | undefined;
}

/** A component with the components below it. */
export interface ComponentInfo {
  readonly id: number;
  readonly name: string;
  /** Number of effects in its views, without handlers. */
  readonly effects: number;
  readonly signals: readonly SignalInfo[];
  readonly children: readonly ComponentInfo[];
}

/** State of a cached read. */
export type QueryCondition = 'empty' | 'fetching' | 'fresh' | 'stale' | 'optimistic' | 'failed';

/** A cached read. */
export interface QueryInfo {
  readonly key: string;
  /** `service.method`. */
  readonly name: string;
  readonly condition: QueryCondition;
  /** Milliseconds since the server sent the value; `undefined` without a value. */
  readonly age: number | undefined;
  readonly tags: readonly string[];
  /** Number of views that show it. */
  readonly observers: number;
  readonly bytes: number;
  readonly error?: string | undefined;
  readonly value?: string | undefined;
}

/** A call to a backend. */
export interface CallInfo {
  readonly id: number;
  readonly backend: string;
  /** `service.method`. */
  readonly name: string;
  /** Milliseconds; `undefined` while the call is in flight. */
  readonly duration: number | undefined;
  readonly error?: string | undefined;
  readonly args?: string | undefined;
}

/** A stream that a component uses. */
export interface StreamInfo {
  readonly id: number;
  /** `service.method`. */
  readonly name: string;
  /** `connecting`, `open`, `ended` or `failed`. */
  readonly status: string;
  /** Number of items received. */
  readonly received: number;
  readonly error?: string | undefined;
  readonly args?: string | undefined;
  /** The newest item. */
  readonly value?: string | undefined;
}

/** A token provided by the application's container or its modules. */
export interface ProviderInfo {
  readonly id: number;
  readonly token: string;
  /** `class`, `factory`, `value`, … */
  readonly kind: string;
  readonly scope: string;
  /** Module that provides it; `undefined` for the application itself. */
  readonly module: string | undefined;
  /** Whether an instance exists. Reading this creates none. */
  readonly created: boolean;
  readonly value?: string | undefined;
}

/** A route on display. */
export interface RouteInfo {
  readonly path: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly error?: string | undefined;
  readonly data?: string | undefined;
}

/** The current page of a router. */
export interface RouterInfo {
  readonly url: string;
  /** Target of the current navigation. */
  readonly navigating: string | undefined;
  readonly routes: readonly RouteInfo[];
}

/** State of an application at one point in time. */
export interface Snapshot {
  readonly components: readonly ComponentInfo[];
  /** Number of components left out because there are too many. */
  readonly omitted: number;
  readonly queries: readonly QueryInfo[];
  /** Share of reads answered by the cache, from 0 to 1. */
  readonly hitRate: number;
  /** The newest first. */
  readonly calls: readonly CallInfo[];
  readonly streams: readonly StreamInfo[];
  readonly providers: readonly ProviderInfo[];
  readonly router: RouterInfo | undefined;
}

/** Command of a panel to an agent. */
export type Command =
  | { readonly type: 'refetch'; readonly key: string }
  | { readonly type: 'forgetCalls' }
  | { readonly type: 'navigate'; readonly to: string };

/** Source of a panel's state: an agent in the same page, or one in the inspected page. */
export interface SnapshotSource {
  /**
   * Reads the state.
   *
   * @param values whether to include values
   * @returns `undefined` if there is no application
   */
  read(values: boolean): Snapshot | undefined | Promise<Snapshot | undefined>;
  send(command: Command): void | Promise<void>;
}
