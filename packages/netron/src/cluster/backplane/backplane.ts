import type { NetronError } from '../../errors/netron-error.js';
import type { Clock } from '../../util/clock.js';

/** Parts of a node that a backplane uses. */
export interface BackplaneHost {
  readonly clock: Clock;
  /** A number from 0 to 1. */
  random(): number;
  /** Nodes with the same one hear each other. */
  readonly namespace: string;
  /** Takes a message of a channel that is subscribed to. Never throws. */
  receive(channel: string, message: Uint8Array): void;
  /** The broker can be reached, or can be again, and all channels are subscribed to there. */
  up(): void;
  /** The broker cannot be reached. */
  down(error: Error): void;
}

/**
 * Carries messages between nodes by channels, through a broker. A message is delivered at most once to each subscriber, the
 * messages of one publisher and channel in their order; those sent while the broker cannot be reached are lost. An instance
 * belongs to one node.
 */
export interface Backplane {
  /** For people, for instance `redis`. */
  readonly name: string;
  /** Connects. Resolves when the broker can be reached; rejects when it cannot, and goes on trying all the same, until `stop`. */
  start(host: BackplaneHost): Promise<void>;
  /** Subscribes, also before `start` and while the broker cannot be reached. Resolves when messages come, or will as soon as it can. */
  subscribe(channel: string): Promise<void>;
  unsubscribe(channel: string): Promise<void>;
  /** Resolves when the broker has the message, rejects when it was not sent or that is not known. Keeps nothing for later. */
  publish(channel: string, message: Uint8Array): Promise<void>;
  /** Ends. Never rejects, always resolves within two seconds; idempotent. */
  stop(): Promise<void>;
}

/** State of a node's backplane. */
export interface BackplaneState {
  readonly name: string;
  /** `undefined` before the first answer. */
  readonly up: boolean | undefined;
  /** Reason why it is not up; what the broker said is its `cause`. */
  readonly error: NetronError | undefined;
  /** Ids of the other nodes that are there. */
  readonly nodes: readonly string[];
  /** Messages of this node that were not sent: the broker did not take them, or did not take them in time. */
  readonly dropped: number;
  /** Messages of others that were refused, and the reason of the last. */
  readonly refused: number;
  readonly refusal: string | undefined;
}
