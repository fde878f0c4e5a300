import type { NetronError } from '../../errors/netron-error.js';
import type { Clock } from '../../util/clock.js';

/** Members of a node that a backplane uses. */
export interface BackplaneHost {
  readonly clock: Clock;
  /** Returns a number from 0 to 1. */
  random(): number;
  /** Nodes with the same namespace receive each other's messages. */
  readonly namespace: string;
  /** Accepts a message of a subscribed channel. Never throws. */
  receive(channel: string, message: Uint8Array): void;
  /** Called when the broker can be reached (again) and all channels are subscribed there. */
  up(): void;
  /** Called when the broker cannot be reached. */
  down(error: Error): void;
}

/**
 * Carries messages between nodes by channels, through a broker. A message is delivered at most once to each subscriber; the
 * messages of one publisher on a channel arrive in order. Messages sent while the broker cannot be reached are lost. An instance
 * belongs to one node.
 */
export interface Backplane {
  /** Name for messages and logs, for instance `redis`. */
  readonly name: string;
  /** Connects. Resolves when the broker can be reached; otherwise rejects, but keeps trying until `stop`. */
  start(host: BackplaneHost): Promise<void>;
  /** Subscribes, also before `start` or while the broker cannot be reached. Resolves when messages arrive, or will once it can be reached. */
  subscribe(channel: string): Promise<void>;
  unsubscribe(channel: string): Promise<void>;
  /** Resolves when the broker has the message; rejects when it was not sent or that is unknown. Messages are not stored for later. */
  publish(channel: string, message: Uint8Array): Promise<void>;
  /** Stops. Never rejects, and resolves within two seconds; idempotent. */
  stop(): Promise<void>;
}

/** State of a node's backplane. */
export interface BackplaneState {
  readonly name: string;
  /** Whether the broker can be reached; `undefined` before its first answer. */
  readonly up: boolean | undefined;
  /** Reason why the broker cannot be reached; its own error is the `cause`. */
  readonly error: NetronError | undefined;
  /** Ids of the other nodes on the backplane. */
  readonly nodes: readonly string[];
  /** Number of messages of this node that were not sent, because the broker did not accept them in time or at all. */
  readonly dropped: number;
  /** Number of messages of other nodes that were refused; `refusal` is the reason of the latest. */
  readonly refused: number;
  readonly refusal: string | undefined;
}
