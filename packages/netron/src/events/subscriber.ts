import type { Hold } from '../util/delivery-queue.js';

/** One event during its delivery: the same object for all subscribers. */
export interface Publication {
  readonly event: string;
  readonly data: unknown;
  /** Whether it is only for handlers of this node. */
  readonly local?: boolean;
  /** Encoded forms, for subscribers that forward it: the first one encodes the event and stores the bytes here for the others. */
  encoded?: { readonly named?: EncodedEvent | undefined; readonly plain?: EncodedEvent | undefined } | undefined;
}

/** An event's packet body, with or without its name, and its costs and requirements for readers. */
export interface EncodedEvent {
  readonly bytes: Uint8Array;
  readonly elements: number;
  /** Bits of `valueFeatures`. */
  readonly features: number;
  /** Cost of values in it that are slow to decode. */
  readonly costly: number;
}

/** Limits for waiting for a subscriber's answer. */
export interface AskLimits {
  /** Milliseconds, or `undefined` without a limit. The emitter enforces it; a remote subscriber may pass it on. */
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Receiver of events: a local handler, or a peer that has subscribed. */
export interface Subscriber {
  readonly pattern: string;
  /** Subscribers with a higher priority come first. Default 0. */
  readonly priority?: number;
  /** Whether it is a handler of this node. Default `false`. */
  readonly local?: boolean;
  /** Whether its node is about to leave: it still receives published events, but is no longer asked. Default `false`. */
  readonly leaving?: boolean;
  /**
   * Receives an event, one-way. Must not throw and must not block the publisher; a returned promise asks the publisher
   * to slow down.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: a subscriber that never slows the publisher down returns nothing
  deliver(publication: Publication): Hold | void;
  /** Receives an event and answers. */
  ask(publication: Publication, limits: AskLimits): unknown;
}
