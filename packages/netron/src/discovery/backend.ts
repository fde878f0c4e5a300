import type { Clock } from '../util/clock.js';
import type { Logger } from '../util/logger.js';
import type { NodeInfo } from './node-info.js';

/** A backend's part of the registry: what it says of nodes goes here, and is checked here. */
export interface RegistryView {
  /** All there is: nodes that are not among these are taken out. */
  replace(all: Iterable<unknown>): void;
  /** A node that has come or changed: JSON or an object. */
  put(record: unknown): void;
  /** Whether a record is one that `put` would read; one that is not is counted as refused. For backends that look at more than the record. */
  check(record: unknown): boolean;
  /** A node that has left. */
  remove(id: string): void;
  /** Counts records that were left in the store: there are more than `recordLimits` allows, or they are longer. */
  refuse(reason: string, count: number): void;
  /** The store cannot be reached: what is known stays. */
  down(error: Error): void;
  /** The store can be reached, again. */
  up(): void;
}

/** A listener that a backend has asked for. */
export interface BackendListener {
  readonly address: string;
  close(): Promise<void>;
}

/** Parts of a node that a backend uses. */
export interface BackendHost {
  readonly view: RegistryView;
  /** This node as it is now. Without addresses it cannot be called, and is not announced. */
  own(): NodeInfo;
  /** Makes the node listen somewhere more. The address is for the backend to announce: `own` does not name it. */
  listen(transport: string, at: string): Promise<BackendListener>;
  /** Another run has taken this node's id, and is the later one: the backend stops announcing. */
  conflict(other: string): void;
  readonly clock: Clock;
  /** A number from 0 to 1. */
  random(): number;
  readonly logger: Logger;
  /** Milliseconds between two announcements. */
  readonly interval: number;
  /** Milliseconds that an announcement counts; at least three intervals. */
  readonly ttl: number;
  /** Nodes with the same one see each other. */
  readonly namespace: string;
}

/** Announces a node somewhere, and says which others were announced there. An instance belongs to one node. */
export interface DiscoveryBackend {
  /** For people, for instance `redis`. */
  readonly name: string;
  /** Whether nobody but this user or program can write into it: what it says of nodes needs no signature. Default `false`. */
  readonly trusted?: boolean;
  /** Scheme of every address that it gives: a node without a transport for it is refused. Default: each address has its own. */
  readonly scheme?: string | undefined;
  /**
   * Refuses a namespace that cannot be one here, when the options are read. Default: any can.
   *
   * @throws TypeError
   */
  checkNamespace?(namespace: string): void;
  /**
   * Begins. Resolves when it has been announced and has said what there is; rejects when the store cannot be reached, and
   * goes on trying all the same, until `stop`.
   */
  start(host: BackendHost): Promise<void>;
  /** `host.own()` has changed. Cheap: several in one turn may be one. */
  announce(): void;
  /** The connection to a node has been lost. For those that are not told of changes: what the store says may have changed. */
  lost?(): void;
  /** Asks the store now; resolves when the view has the answer. */
  refresh(): Promise<void>;
  /** Withdraws the announcement and ends. Never rejects, always resolves within two seconds; idempotent. */
  stop(): Promise<void>;
}
