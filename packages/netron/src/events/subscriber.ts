import type { Hold } from '../util/delivery-queue.js';

/** One event on its way to its subscribers: the same object for all of them. */
export interface Publication {
  readonly event: string;
  readonly data: unknown;
  /** Only for handlers of this node. */
  readonly local?: boolean;
  /** For subscribers that send it on: whoever encodes it first leaves the bytes here for the others. */
  encoded?: { readonly named?: EncodedEvent | undefined; readonly plain?: EncodedEvent | undefined } | undefined;
}

/** An event's packet body, with or without its name, how many elements it counts for, and what its reader has to know. */
export interface EncodedEvent {
  readonly bytes: Uint8Array;
  readonly elements: number;
  /** Bits of `valueFeatures`. */
  readonly features: number;
  /** Cost of values in it that take its reader long to make. */
  readonly costly: number;
}

/** Limits of the wait for a subscriber's answer. */
export interface AskLimits {
  /** Milliseconds, or `undefined` without a limit. The asker keeps it; a remote subscriber may pass it on. */
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Receiver of events: a local handler, or a peer that has subscribed. */
export interface Subscriber {
  readonly pattern: string;
  /** Higher comes first. Default 0. */
  readonly priority?: number;
  /** Whether it is a handler of this node. Default `false`. */
  readonly local?: boolean;
  /** Whether it is about to leave: it hears events, and is asked nothing more. Default `false`. */
  readonly leaving?: boolean;
  /**
   * Takes an event, one-way. Must not throw and must not keep the publisher waiting; what it returns tells the publisher
   * to slow down.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: who never slows a publisher down is a function without result
  deliver(publication: Publication): Hold | void;
  /** Takes an event and answers. */
  ask(publication: Publication, limits: AskLimits): unknown;
}
