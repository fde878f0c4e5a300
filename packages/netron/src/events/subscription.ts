import { NetronError } from '../errors/netron-error.js';
import { described } from '../util/check.js';
import type { Clock } from '../util/clock.js';
import { DeliveryQueue, type Hold, type WhenFull } from '../util/delivery-queue.js';
import type { OptionNames } from '../util/option-names.js';
import type { EventScope } from './emit-options.js';
import type { Publication, Subscriber } from './subscriber.js';

/** Receives an event's data and its name, which varies with a pattern. */
export type EventHandler<Data = unknown, Name extends string = string> = (data: Data, event: Name) => unknown;

/** Options of a subscription. */
export interface SubscribeOptions {
  /** Handlers with a higher priority are called first, equal ones in order of subscription. Default 0. */
  readonly priority?: number;
  /** Maximum number of published events that wait while the handler is busy. Default 1,000. */
  readonly queueLimit?: number;
  /**
   * Policy for further events. Default `drop-oldest`. `block`: `publish` returns a promise, and the event is dropped when
   * there is no room after 10 ms. `disconnect`: the subscription ends.
   */
  readonly whenFull?: WhenFull;
  /** `local`: receives only events of this node, even when events go across the cluster. Default `cluster`. */
  readonly scope?: EventScope;
}

/** Names of the options. */
export const subscribeOptionNames: OptionNames<SubscribeOptions> = {
  priority: true,
  queueLimit: true,
  whenFull: true,
  scope: true,
};

/** Ends a subscription. Idempotent; `using` calls it too. */
export interface Unsubscribe {
  (): void;
  [Symbol.dispose](): void;
}

/** Makes the function that ends a subscription. */
export function unsubscribe(end: () => void): Unsubscribe {
  return Object.assign(() => end(), { [Symbol.dispose]: end });
}

/** Subscription of a handler: call it to end the subscription. */
export interface Subscription extends Unsubscribe {
  /** Pattern of the subscription. */
  readonly pattern: string;
  /** Number of events that were dropped because the handler was too slow. */
  readonly dropped: number;
  /** Number of events that wait for the handler. */
  readonly waiting: number;
}

/** Members of the bus that a handler's subscription uses. */
export interface SubscriptionOwner {
  readonly clock: Clock;
  readonly failed: (error: unknown, event: string) => void;
  /** Ends the subscription. */
  readonly leave: () => void;
}

const defaultQueueLimit = 1000;

/**
 * A local handler as a subscriber. Published events reach it one at a time, in order, through a bounded queue: the next one when the
 * promise of the previous one has settled. Emitted events call it at once.
 */
export class HandlerSubscriber implements Subscriber {
  readonly pattern: string;
  readonly priority: number;
  readonly local = true;
  readonly queue: DeliveryQueue<Publication>;
  readonly #handler: EventHandler;

  constructor(pattern: string, handler: EventHandler, options: SubscribeOptions, owner: SubscriptionOwner) {
    const { priority = 0, queueLimit: limit = defaultQueueLimit, whenFull = 'drop-oldest' } = options;
    if (typeof handler !== 'function')
      throw new TypeError(`handler of '${pattern}' must be a function, not ${described(handler)}`);
    if (!Number.isFinite(priority)) throw new TypeError(`priority of '${pattern}' must be a finite number, not ${priority}`);
    this.pattern = pattern;
    this.priority = priority;
    this.#handler = handler;
    this.queue = new DeliveryQueue({
      limit,
      whenFull,
      clock: owner.clock,
      process: ({ data, event }) => handler(data, event),
      failed: (error, { event }) => owner.failed(error, event),
      overflowed: () => {
        owner.leave();
        owner.failed(
          new NetronError('resource_exhausted', `more than ${limit} events are waiting for a handler of '${pattern}'`),
          pattern,
        );
      },
    });
  }

  deliver(publication: Publication): Hold {
    return this.queue.push(publication);
  }

  ask({ data, event }: Publication): unknown {
    return this.#handler(data, event);
  }
}
