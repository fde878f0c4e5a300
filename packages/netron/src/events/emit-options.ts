import type { Clock } from '../util/clock.js';
import type { OptionNames } from '../util/option-names.js';
import type { LooseEvents } from './event-map.js';

/** Options of an event bus. */
export interface EventBusOptions {
  /** Clock that measures time limits. */
  readonly clock: Clock;
  /** Receives errors of handlers and middleware for which no caller waits, and of subscriptions that end by overflow. */
  readonly onError: (error: unknown, event: string) => void;
  /** Milliseconds that each subscriber of an emitted event has. Default 30,000; 0 means no limit. */
  readonly timeout?: number;
  /**
   * Lets a handler also receive the events of other nodes.
   *
   * @returns a function that ends this
   */
  readonly elsewhere?: (pattern: string, handler: (data: unknown, event: string) => unknown) => (() => void) | undefined;
}

/** Names of the options. */
export const busOptionNames: OptionNames<EventBusOptions> = { clock: true, onError: true, timeout: true, elsewhere: true };

/** Reach of an event: the handlers of this node only, or also those of other nodes that have subscribed. */
export type EventScope = 'local' | 'cluster';

/** Policy for an emission whose subscribers fail: throws an `EmitError`, returns every outcome, or leaves failures out. */
export type EmitErrorPolicy = 'throw' | 'collect' | 'ignore';

/** Options of `publish`. */
export interface PublishOptions {
  /** Reach of the event. Default `cluster`. */
  readonly scope?: EventScope;
}

/** Names of the options. */
export const publishOptionNames: OptionNames<PublishOptions> = { scope: true };

/** Options of the `emit` methods. */
export interface EmitOptions<Policy extends EmitErrorPolicy = EmitErrorPolicy> extends PublishOptions {
  /** Milliseconds for each subscriber; 0 means no limit. Default: that of the bus. */
  readonly timeout?: number;
  /** Policy for failures. Default `throw`. Failures left out by `ignore` go to the bus's `onError`. */
  readonly onError?: Policy;
  /** Fails the emission with `canceled` when aborted, under every policy. */
  readonly signal?: AbortSignal;
}

/** Names of the options. */
export const emitOptionNames: OptionNames<EmitOptions> = { ...publishOptionNames, timeout: true, onError: true, signal: true };

/** Type of results when the program declares none. */
export type Unstated = LooseEvents[string];

/** Combines one subscriber's result with the previous ones. */
export type EventReducer<Sum, Result> = (sum: Sum, result: Result) => Sum | Promise<Sum>;
