import {
  type EventHandler,
  type EventReducer,
  type LooseEvents,
  EventBus as NodeBus,
  type SubscribeOptions,
  systemClock,
} from '@omnitron-dev/netron';

type Bus = Pick<NodeBus<LooseEvents>, 'emitParallel' | 'emitSerial' | 'emitReduce' | 'emitReduceRight'> & {
  subscribe(pattern: string, handler: EventHandler, options?: number | SubscribeOptions): unknown;
  publish?(event: string, data: unknown): unknown;
};

/** A subscription, and the function that ends it on its current bus. */
interface Held {
  readonly pattern: string;
  readonly handler: EventHandler;
  readonly options: number | SubscribeOptions;
  end: () => void;
}

/**
 * Event bus of the application. With a node, it is the node's bus, and peers receive the events that they may; otherwise it
 * is a bus of its own. It is a token: `constructor(private events: EventBus)`.
 */
export class EventBus {
  readonly #own: NodeBus<LooseEvents>;
  readonly #held = new Set<Held>();
  readonly #failed: (error: unknown, event: string) => void;
  #bus: Bus;

  /** @param failed receives errors of subscribers */
  constructor(failed: (error: unknown, event: string) => void = () => {}) {
    this.#failed = failed;
    this.#own = new NodeBus({ clock: systemClock, onError: failed });
    this.#bus = this.#own;
  }

  /** Calls `handler` with the data of each event that matches `pattern`: `user:created`, `user:*`. Returns a function that unsubscribes it. */
  subscribe(pattern: string, handler: EventHandler, options: number | SubscribeOptions = {}): () => void {
    const held: Held = { pattern, handler, options, end: endOf(this.#bus.subscribe(pattern, handler, options)) };
    this.#held.add(held);
    return () => {
      held.end();
      this.#held.delete(held);
    };
  }

  /** The same as {@link subscribe}. */
  on(pattern: string, handler: EventHandler): () => void {
    return this.subscribe(pattern, handler);
  }

  /**
   * Calls all subscribers at once, and resolves when they have finished. A failure is logged; it affects neither the other
   * subscribers nor the emitter. Use {@link emitParallel} to receive it.
   */
  async emit(event: string, data?: unknown): Promise<void> {
    const outcomes = await this.#bus.emitParallel(event, data, { onError: 'collect' });
    for (const outcome of outcomes) if (outcome.status === 'rejected') this.#failed(outcome.reason, event);
  }

  /** Calls all subscribers at once and returns their results; rejects if one fails. */
  async emitParallel<Result = unknown>(event: string, data?: unknown): Promise<Result[]> {
    return this.#bus.emitParallel<string, Result>(event, data);
  }

  /** Calls one subscriber after the other and returns their results; stops at the first failure. */
  async emitSerial<Result = unknown>(event: string, data?: unknown): Promise<Result[]> {
    return this.#bus.emitSerial<string, Result>(event, data);
  }

  /** Calls all subscribers and reduces their results, in the order of the calls. */
  async emitReduce<Sum, Result = Sum>(
    event: string,
    data: unknown,
    reducer: EventReducer<Sum, Result>,
    initial: Sum,
  ): Promise<Sum> {
    return this.#bus.emitReduce<string, Sum, Result>(event, data, reducer, initial);
  }

  /** @internal Switches to the bus of a node, or back to its own; subscriptions move along. */
  attach(bus: Bus | undefined): void {
    this.#bus = bus ?? this.#own;
    for (const held of this.#held) {
      held.end();
      held.end = endOf(this.#bus.subscribe(held.pattern, held.handler, held.options));
    }
  }
}

const endOf = (subscription: unknown): (() => void) => subscription as () => void;
