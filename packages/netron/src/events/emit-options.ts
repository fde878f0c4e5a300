import type { Clock } from '../util/clock.js';
import type { OptionNames } from '../util/option-names.js';
import type { LooseEvents } from './event-map.js';

/** Options of an event bus. */
export interface EventBusOptions {
  /** Clock that measures time limits. */
  readonly clock: Clock;
  /** Told of handlers and middleware that fail where nobody waits for them, and of subscriptions that end by overflow. */
  readonly onError: (error: unknown, event: string) => void;
  /** Milliseconds that each subscriber of an emitted event has. Default 30,000; 0 means no limit. */
  readonly timeout?: number;
  /**
   * Lets a handler hear what other nodes publish and emit as well.
   *
   * @returns ends that
   */
  readonly elsewhere?: (pattern: string, handler: (data: unknown, event: string) => unknown) => (() => void) | undefined;
}

/** Names of the options. */
export const busOptionNames: OptionNames<EventBusOptions> = { clock: true, onError: true, timeout: true, elsewhere: true };

/** Reach of an event: the handlers of this node, or those of other nodes that have subscribed as well. */
export type EventScope = 'local' | 'cluster';

/** Policy of an emission whose subscribers fail: throws an `EmitError`, reports each outcome, or leaves failures out. */
export type EmitErrorPolicy = 'throw' | 'collect' | 'ignore';

/** How an event is published. */
export interface PublishOptions {
  /** Default `cluster`. */
  readonly scope?: EventScope;
}

/** Names of the options. */
export const publishOptionNames: OptionNames<PublishOptions> = { scope: true };

/** How an event is emitted. */
export interface EmitOptions<Policy extends EmitErrorPolicy = EmitErrorPolicy> extends PublishOptions {
  /** Milliseconds for each subscriber. Default: the bus's; 0 means no limit. */
  readonly timeout?: number;
  /** Default `throw`. Failures left out by `ignore` go to the bus's `onError`. */
  readonly onError?: Policy;
  /** Aborting it fails the emission with `canceled`, under every policy. */
  readonly signal?: AbortSignal;
}

/** Names of the options. */
export const emitOptionNames: OptionNames<EmitOptions> = { ...publishOptionNames, timeout: true, onError: true, signal: true };

/** Type of results when nothing states it. */
export type Unstated = LooseEvents[string];

/** Folds one subscriber's result into what has been gathered. */
export type EventReducer<Sum, Result> = (sum: Sum, result: Result) => Sum | Promise<Sum>;
