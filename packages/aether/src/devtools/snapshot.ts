/** The state of an application as plain data: what an agent in the page gives, and panels show. */

/** A signal or computed that a component follows. */
export interface SignalInfo {
  readonly id: number;
  /** The option `name` of the signal; else what it is. */
  readonly name: string;
  /** Absent while values are hidden. */
  readonly value?: string | undefined;
}

/** A component with those below it. */
export interface ComponentInfo {
  readonly id: number;
  readonly name: string;
  /** Effects of its views, handlers apart. */
  readonly effects: number;
  readonly signals: readonly SignalInfo[];
  readonly children: readonly ComponentInfo[];
}

/** Condition of a cached read. */
export type QueryCondition = 'empty' | 'fetching' | 'fresh' | 'stale' | 'optimistic' | 'failed';

/** A cached read. */
export interface QueryInfo {
  readonly key: string;
  /** `service.method`. */
  readonly name: string;
  readonly condition: QueryCondition;
  /** Milliseconds since the server said it; `undefined` while it has not. */
  readonly age: number | undefined;
  readonly tags: readonly string[];
  /** Views that show it. */
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
  /** Milliseconds; `undefined` while it is under way. */
  readonly duration: number | undefined;
  readonly error?: string | undefined;
  readonly args?: string | undefined;
}

/** A stream that a component follows. */
export interface StreamInfo {
  readonly id: number;
  /** `service.method`. */
  readonly name: string;
  /** `connecting`, `open`, `ended` or `failed`. */
  readonly status: string;
  /** Items that have arrived. */
  readonly received: number;
  readonly error?: string | undefined;
  readonly args?: string | undefined;
  /** The newest item. */
  readonly value?: string | undefined;
}

/** A token that the application's container or its modules provide. */
export interface ProviderInfo {
  readonly id: number;
  readonly token: string;
  /** `class`, `factory`, `value`, … */
  readonly kind: string;
  readonly scope: string;
  /** Module that provides it; `undefined` for the application itself. */
  readonly module: string | undefined;
  /** Whether there is an instance. Values are not made. */
  readonly created: boolean;
  readonly value?: string | undefined;
}

/** A route that is shown. */
export interface RouteInfo {
  readonly path: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly error?: string | undefined;
  readonly data?: string | undefined;
}

/** The page that a router shows. */
export interface RouterInfo {
  readonly url: string;
  /** Target of the navigation under way. */
  readonly navigating: string | undefined;
  readonly routes: readonly RouteInfo[];
}

/** State of an application at one moment. */
export interface Snapshot {
  readonly components: readonly ComponentInfo[];
  /** Components that were left out, because there are too many. */
  readonly omitted: number;
  readonly queries: readonly QueryInfo[];
  /** Share of reads that the cache has answered, 0 to 1. */
  readonly hitRate: number;
  /** The newest first. */
  readonly calls: readonly CallInfo[];
  readonly streams: readonly StreamInfo[];
  readonly providers: readonly ProviderInfo[];
  readonly router: RouterInfo | undefined;
}

/** Wish of a panel. */
export type Command =
  | { readonly type: 'refetch'; readonly key: string }
  | { readonly type: 'forgetCalls' }
  | { readonly type: 'navigate'; readonly to: string };

/** Place that a panel gets its state from: an agent in the same page, or one in the page that is inspected. */
export interface SnapshotSource {
  /**
   * Reads the state.
   *
   * @param values whether values are in it
   * @returns `undefined` where there is no application
   */
  read(values: boolean): Snapshot | undefined | Promise<Snapshot | undefined>;
  send(command: Command): void | Promise<void>;
}
