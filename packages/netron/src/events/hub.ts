/** Event hub: delivers events of the node's code and of peers to local handlers and to subscribed peers. */
import { checkNumbers } from '../util/check-numbers.js';
import type { Hold } from '../util/delivery-queue.js';
import { onlyOptions } from '../util/only-options.js';
import { readOptions } from '../util/read-options.js';
import { deliver } from './delivery.js';
import { type Ask, answersOf } from './emission.js';
import { EmitError } from './emit-error.js';
import {
  busOptionNames,
  type EmitOptions,
  type EventBusOptions,
  type EventReducer,
  emitOptionNames,
  type PublishOptions,
  publishOptionNames,
  type Unstated,
} from './emit-options.js';
import type { CoveredName, EventData, EventName, EventPattern, LooseEvents } from './event-map.js';
import { type BusEvent, type EventMiddleware, MiddlewareLanes, runMiddleware } from './event-middleware.js';
import { checkedReducer, fold } from './outcomes.js';
import { publicationOf } from './publication.js';
import { Routes } from './routes.js';
import type { Publication, Subscriber } from './subscriber.js';
import {
  type EventHandler,
  HandlerSubscriber,
  type SubscribeOptions,
  type Subscription,
  subscribeOptionNames,
  type Unsubscribe,
  unsubscribe,
} from './subscription.js';

/**
 * Events by name. Subscribers are called by priority, highest first, then in order of subscription. `publish` is one-way;
 * the `emit…` methods wait for answers. A subscriber that throws, hangs or is slow does not affect the others.
 *
 * Order: published events of one publisher and name reach each subscriber in the order of publication. An emission calls
 * handlers at once, even if published events still wait for them.
 *
 * @typeParam Events maps names to data; without it, every name and any data is accepted
 */
export abstract class EventHub<Events extends object = LooseEvents> {
  readonly #options: EventBusOptions;
  readonly #routes = new Routes();
  readonly #middleware: EventMiddleware[] = [];
  readonly #lanes: MiddlewareLanes;

  /** @throws RangeError for a `timeout` that is not a number from 0; TypeError for unknown options */
  constructor(given: EventBusOptions) {
    const options = readOptions(given);
    onlyOptions('EventBus', options, busOptionNames);
    if (options.timeout !== undefined) checkNumbers('EventBus', { timeout: options.timeout }, 'a non-negative number');
    this.#options = options;
    this.#lanes = new MiddlewareLanes({
      clock: options.clock,
      middleware: this.#middleware,
      deliver: (event) => this.#deliver(publicationOf(event)),
      failed: (error, event) => this.#report(error, event),
    });
  }

  /**
   * Calls `handler` with the data and the name of each event that `pattern` covers.
   *
   * @param options options, or only a priority
   * @throws TypeError for an invalid `pattern`, see `topic.ts`, and for unknown options
   */
  subscribe<Pattern extends EventPattern<Events>>(
    pattern: Pattern,
    handler: EventHandler<EventData<Events, Pattern>, CoveredName<Events, Pattern>>,
    options: number | SubscribeOptions = {},
  ): Subscription {
    let leave: Unsubscribe | undefined;
    const given: SubscribeOptions = typeof options === 'number' ? { priority: options } : options;
    onlyOptions('subscribe', given, subscribeOptionNames);
    const subscriber = new HandlerSubscriber(pattern, handler as EventHandler, given, {
      clock: this.#options.clock,
      failed: (error, event) => this.#report(error, event),
      leave: () => leave?.(),
    });
    const detach = this.attach(subscriber);
    const { queue } = subscriber;
    const elsewhere = given.scope === 'local' ? undefined : this.#options.elsewhere?.(pattern, handler as EventHandler);
    leave = unsubscribe(() => {
      detach();
      elsewhere?.();
      queue.close();
    });
    return Object.defineProperties(leave, {
      pattern: { value: pattern },
      dropped: { get: () => queue.dropped },
      waiting: { get: () => queue.waiting },
    }) as Subscription;
  }

  /**
   * @internal Adds a subscriber of another kind, for instance a peer that has subscribed.
   *
   * @throws TypeError when its pattern is invalid
   */
  attach(subscriber: Subscriber): Unsubscribe {
    return unsubscribe(this.#routes.add(subscriber));
  }

  /** Adds `middleware` around every event that is published or emitted; the first is the outermost. */
  use(middleware: EventMiddleware<EventData<Events, EventName<Events>>, EventName<Events>>): void {
    if (typeof middleware !== 'function') throw new TypeError('event middleware must be a function (event, next) => …');
    this.#middleware.push(middleware as EventMiddleware);
  }

  /**
   * Delivers an event to its subscribers without waiting for them. Returns a promise only when one of them, by its
   * policy `block`, asks the publisher to slow down; it never rejects, and a publisher may ignore it.
   *
   * @throws TypeError when `event` is not a valid name of an event, see `topic.ts`, and for unknown options
   */
  publish<Name extends EventName<Events>>(event: Name, data: EventData<Events, Name>, options?: PublishOptions): Hold {
    const subscribers = this.#routes.of(event);
    if (options !== undefined) onlyOptions('publish', options, publishOptionNames);
    const scope = options?.scope;
    if (this.#middleware.length > 0) this.#lanes.push({ type: event, data, ...(scope !== undefined && { scope }) });
    else if (subscribers.length > 0) return this.#deliver(publicationOf({ type: event, data, scope }));
    return undefined;
  }

  /** Asks all subscribers at once. Resolves with an outcome for each, in the order of their calls. */
  emitParallel<Name extends EventName<Events>, Result = unknown>(
    event: Name,
    data: EventData<Events, Name>,
    options: EmitOptions<'collect'> & { readonly onError: 'collect' },
  ): Promise<PromiseSettledResult<Result>[]>;
  /** Asks all subscribers at once. Resolves with their results, in the order of their calls. */
  emitParallel<Name extends EventName<Events>, Result = unknown>(
    event: Name,
    data: EventData<Events, Name>,
    options?: EmitOptions<'throw' | 'ignore'>,
  ): Promise<Result[]>;
  async emitParallel(event: string, data: unknown, options: EmitOptions = {}): Promise<unknown[]> {
    return this.#emit(event, data, options, (round, subscribers) => round.parallel(subscribers));
  }

  /**
   * Asks subscribers one after the other, those that still exist when their turn comes; with `throw`, the first failure ends it.
   * Resolves as `emitParallel` does.
   */
  emitSerial<Name extends EventName<Events>, Result = unknown>(
    event: Name,
    data: EventData<Events, Name>,
    options: EmitOptions<'collect'> & { readonly onError: 'collect' },
  ): Promise<PromiseSettledResult<Result>[]>;
  /** Asks subscribers one after the other; with `throw`, the first failure ends it. Resolves as `emitParallel` does. */
  emitSerial<Name extends EventName<Events>, Result = unknown>(
    event: Name,
    data: EventData<Events, Name>,
    options?: EmitOptions<'throw' | 'ignore'>,
  ): Promise<Result[]>;
  async emitSerial(event: string, data: unknown, options: EmitOptions = {}): Promise<unknown[]> {
    const { onError = 'throw' } = options;
    const there = (subscriber: Subscriber): boolean => subscriber.leaving !== true && this.#routes.has(subscriber);
    return this.#emit(event, data, options, (round, subscribers) => round.serial(subscribers, onError === 'throw', there));
  }

  /**
   * Asks all subscribers at once with `data` and reduces their results, in the order of their calls. Without `initial`,
   * or with `undefined` for it, the reduction starts with the first result. Without results, it resolves with `initial`. A reducer
   * that throws fails the emission with its error.
   */
  emitReduce<Name extends EventName<Events>, Sum, Result = Sum>(
    event: Name,
    data: EventData<Events, Name>,
    reducer: EventReducer<Sum, Result>,
    initial: Sum,
    options?: EmitOptions<'throw' | 'ignore'>,
  ): Promise<Sum>;
  /** Starts with the first result. */
  emitReduce<Name extends EventName<Events>, Sum = Unstated>(
    event: Name,
    data: EventData<Events, Name>,
    reducer: EventReducer<Sum, Sum>,
    initial?: undefined,
    options?: EmitOptions<'throw' | 'ignore'>,
  ): Promise<Sum | undefined>;
  /** Emits without data: subscribers are called with `undefined`. */
  emitReduce<Name extends EventName<Events>, Sum = Unstated>(
    event: Name,
    reducer: EventReducer<Sum, Sum>,
  ): Promise<Sum | undefined>;
  async emitReduce(...given: ReduceArguments): Promise<unknown> {
    return this.#reduce(given, (results) => results);
  }

  /** Like `emitReduce`, from the last result to the first. */
  emitReduceRight<Name extends EventName<Events>, Sum, Result = Sum>(
    event: Name,
    data: EventData<Events, Name>,
    reducer: EventReducer<Sum, Result>,
    initial: Sum,
    options?: EmitOptions<'throw' | 'ignore'>,
  ): Promise<Sum>;
  /** Starts with the last result. */
  emitReduceRight<Name extends EventName<Events>, Sum = Unstated>(
    event: Name,
    data: EventData<Events, Name>,
    reducer: EventReducer<Sum, Sum>,
    initial?: undefined,
    options?: EmitOptions<'throw' | 'ignore'>,
  ): Promise<Sum | undefined>;
  emitReduceRight<Name extends EventName<Events>, Sum = Unstated>(
    event: Name,
    reducer: EventReducer<Sum, Sum>,
  ): Promise<Sum | undefined>;
  async emitReduceRight(...given: ReduceArguments): Promise<unknown> {
    return this.#reduce(given, (results) => results.reverse());
  }

  /** Whether any subscriber would receive `event`: check this before building data that is expensive. */
  hasSubscribers(event: EventName<Events>): boolean {
    return this.#routes.of(event).length > 0;
  }

  /** Returns the number of subscribers of `event`; without a name, the number of subscriptions. */
  subscriberCount(event?: EventName<Events>): number {
    return event === undefined ? this.#routes.size : this.#routes.of(event).length;
  }

  /** Number of published events that were dropped while they waited for middleware. */
  get dropped(): number {
    return this.#lanes.dropped;
  }

  /** Ends every subscription and discards waiting events. */
  protected end(): void {
    for (const subscriber of this.#routes.clear()) if (subscriber instanceof HandlerSubscriber) subscriber.queue.close();
    this.#lanes.close();
  }

  #deliver(publication: Publication): Hold {
    return deliver(publication, this.#reached(publication), (error) => this.#report(error, publication.event));
  }

  async #emit(event: string, data: unknown, options: EmitOptions, ask: Ask): Promise<unknown[]> {
    onlyOptions('emit', options, emitOptionNames);
    // Checks the name even when middleware keeps the event from its subscribers.
    this.#routes.of(event);
    const { scope } = options;
    if (this.#middleware.length === 0) return this.#answers(publicationOf({ type: event, data, scope }), options, ask);
    const passing: BusEvent = { type: event, data, ...(scope !== undefined && { scope }) };
    let results: readonly unknown[] = [];
    await runMiddleware(this.#middleware, passing, async () => {
      try {
        results = await this.#answers(publicationOf(passing), options, ask);
      } catch (error) {
        // A middleware may decide to continue without the failed subscribers.
        if (error instanceof EmitError) results = error.results;
        throw error;
      }
    });
    return [...results];
  }

  #answers(publication: Publication, options: EmitOptions, ask: Ask): Promise<unknown[]> {
    const { clock, timeout } = this.#options;
    const failed = (error: unknown): void => this.#report(error, publication.event);
    const reached = this.#reached(publication);
    const subscribers = reached.some(({ leaving }) => leaving) ? reached.filter(({ leaving }) => !leaving) : reached;
    return answersOf({ publication, subscribers, clock, timeout, failed }, options, ask);
  }

  async #reduce(given: ReduceArguments, arrange: (results: unknown[]) => unknown[]): Promise<unknown> {
    const [event, data, reducer, initial, options = {}] =
      typeof given[2] === 'function' ? given : ([given[0], undefined, given[1], undefined, {}] as const);
    const check = checkedReducer(event, reducer);
    const results = await this.#emit(event, data, options, (round, subscribers) => round.parallel(subscribers));
    return fold(arrange(results), check, initial);
  }

  /** Returns the subscribers that receive an event. */
  #reached({ event, local }: Publication): readonly Subscriber[] {
    const all = this.#routes.of(event);
    return local === true ? all.filter((subscriber) => subscriber.local) : all;
  }

  #report(error: unknown, event: string): void {
    try {
      this.#options.onError(error, event);
    } catch {
      // The error handler itself has failed: there is no other place to report to.
    }
  }
}

type ReduceArguments = readonly [event: string, data: unknown, reducer?: unknown, initial?: unknown, options?: EmitOptions];
