import type { Clock } from '../util/clock.js';
import type { Logger } from '../util/logger.js';
import type { NodeInfo } from './node-info.js';

/** A backend's part of the registry: receives its records of nodes and checks them. */
export interface RegistryView {
  /** Replaces all records: nodes that are not among these are removed. */
  replace(all: Iterable<unknown>): void;
  /** Adds or changes a node; the record is JSON or an object. */
  put(record: unknown): void;
  /** Returns whether `put` would accept a record, and otherwise counts it as refused. For backends that read records themselves. */
  check(record: unknown): boolean;
  /** Removes a node that has left. */
  remove(id: string): void;
  /** Counts records that were left in the store, because they exceed a limit of `recordLimits`. */
  refuse(reason: string, count: number): void;
  /** Reports that the store cannot be reached; known nodes stay. */
  down(error: Error): void;
  /** Reports that the store can be reached (again). */
  up(): void;
}

/** A listener that a backend has opened on the node. */
export interface BackendListener {
  readonly address: string;
  close(): Promise<void>;
}

/** Members of a node that a backend uses. */
export interface BackendHost {
  readonly view: RegistryView;
  /** Returns this node as it is now. Without addresses it cannot be called, and is not announced. */
  own(): NodeInfo;
  /** Opens one more listener of the node. The backend announces its address itself: `own` does not contain it. */
  listen(transport: string, at: string): Promise<BackendListener>;
  /** Reports that another run has this node's id and started later: the backend stops announcing. */
  conflict(other: string): void;
  readonly clock: Clock;
  /** Returns a number from 0 to 1. */
  random(): number;
  readonly logger: Logger;
  /** Milliseconds between two announcements. */
  readonly interval: number;
  /** Milliseconds for which an announcement is valid; at least three intervals. */
  readonly ttl: number;
  /** Nodes with the same namespace see each other. */
  readonly namespace: string;
}

/** Announces a node in a registry and reports the nodes announced there. An instance belongs to one node. */
export interface DiscoveryBackend {
  /** Name for messages and logs, for instance `redis`. */
  readonly name: string;
  /** Whether only this user or program can write to the registry, so that its records need no signature. Default `false`. */
  readonly trusted?: boolean;
  /** Scheme of all its addresses: a node without a transport for it is refused. Default: each address has its own. */
  readonly scheme?: string | undefined;
  /**
   * Refuses an invalid namespace when the options are read. Default: every namespace is valid.
   *
   * @throws TypeError
   */
  checkNamespace?(namespace: string): void;
  /**
   * Starts. Resolves when the node is announced and the known nodes are reported; rejects when the store cannot be reached, but
   * keeps trying until `stop`.
   */
  start(host: BackendHost): Promise<void>;
  /** Called when `host.own()` has changed. Several calls in one turn may be combined. */
  announce(): void;
  /** Called when the connection to a node was lost, for backends that are not notified of changes: the store may have changed. */
  lost?(): void;
  /** Queries the store now; resolves when the view has the answer. */
  refresh(): Promise<void>;
  /** Withdraws the announcement and stops. Never rejects, and resolves within two seconds; idempotent. */
  stop(): Promise<void>;
}
