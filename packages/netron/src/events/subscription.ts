import { NetronError } from '../errors/netron-error.js';
import type { Clock } from '../util/clock.js';
import { DeliveryQueue, type Hold, type WhenFull } from '../util/delivery-queue.js';
import type { OptionNames } from '../util/option-names.js';
import type { EventScope } from './emit-options.js';
import type { Publication, Subscriber } from './subscriber.js';

/** Takes an event's data, and its name: with a pattern there are several. */
export type EventHandler<Data = unknown, Name extends string = string> = (data: Data, event: Name) => unknown;

/** How a subscription is served. */
export interface SubscribeOptions {
  /** Higher is called first. Default 0; equal ones are called in order of subscription. */
  readonly priority?: number;
  /** How many published events may wait while the handler is busy. Default 1,000. */
  readonly queueLimit?: number;
  /**
   * Policy for one more event. Default `drop-oldest`. `block`: `publish` returns a promise, and the event is dropped when
   * there is no room after 10 ms. `disconnect`: the subscription ends.
   */
  readonly whenFull?: WhenFull;
  /** `local`: hears this node alone, also where events go over the cluster. Default `cluster`. */
  readonly scope?: EventScope;
}

/** Names of the options. */
export const subscribeOptionNames: OptionNames<SubscribeOptions> = {
  priority: true,
  queueLimit: true,
  whenFull: true,
  scope: true,
};

/** Ends a subscription. May be called twice; `using` calls it too. */
export interface Unsubscribe {
  (): void;
  [Symbol.dispose](): void;
}

/** Makes the function that ends a subscription. */
export function unsubscribe(end: () => void): Unsubscribe {
  return Object.assign(() => end(), { [Symbol.dispose]: end });
}

/** A subscription of a handler: call it to end it. */
export interface Subscription extends Unsubscribe {
  /** Pattern it was made for. */
  readonly pattern: string;
  /** How many events were dropped because the handler was too slow. */
  readonly dropped: number;
  /** How many events wait for the handler. */
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
 * A local handler as a subscriber. Published events reach it one at a time, in order, the next one when its promise has
 * settled, through a queue with a bound. Asked, it is called at once.
 */
export class HandlerSubscriber implements Subscriber {
  readonly pattern: string;
  readonly priority: number;
  readonly local = true;
  readonly queue: DeliveryQueue<Publication>;
  readonly #handler: EventHandler;

  constructor(pattern: string, handler: EventHandler, options: SubscribeOptions, owner: SubscriptionOwner) {
    const { priority = 0, queueLimit: limit = defaultQueueLimit, whenFull = 'drop-oldest' } = options;
    if (typeof handler !== 'function') throw new TypeError(`handler of '${pattern}' is no function`);
    if (!Number.isFinite(priority)) throw new TypeError(`priority ${priority} of '${pattern}' is no finite number`);
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
          new NetronError('resource_exhausted', `more than ${limit} events waited for a handler of '${pattern}'`),
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
