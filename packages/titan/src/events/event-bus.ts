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

/** One subscription, and what ends it where it is held now. */
interface Held {
  readonly pattern: string;
  readonly handler: EventHandler;
  readonly options: number | SubscribeOptions;
  end: () => void;
}

/**
 * Events of the application. It is the node's bus where there is a node, so that peers hear what they may; otherwise a bus of its own. It is a
 * token: `constructor(private events: EventBus)`.
 */
export class EventBus {
  readonly #own: NodeBus<LooseEvents>;
  readonly #held = new Set<Held>();
  readonly #failed: (error: unknown, event: string) => void;
  #bus: Bus;

  /** @param failed told of subscribers that fail */
  constructor(failed: (error: unknown, event: string) => void = () => {}) {
    this.#failed = failed;
    this.#own = new NodeBus({ clock: systemClock, onError: failed });
    this.#bus = this.#own;
  }

  /** Calls `handler` with the data of each event that `pattern` covers: `user:created`, `user:*`. Returns what ends it. */
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
   * Tells all subscribers at once, and resolves when they have done what they do. One that fails is logged and keeps neither the others nor the
   * emitter from going on; ask with {@link emitParallel} to hear of it.
   */
  async emit(event: string, data?: unknown): Promise<void> {
    const outcomes = await this.#bus.emitParallel(event, data, { onError: 'collect' });
    for (const outcome of outcomes) if (outcome.status === 'rejected') this.#failed(outcome.reason, event);
  }

  /** Asks all subscribers at once and gives their results; fails when one does. */
  async emitParallel<Result = unknown>(event: string, data?: unknown): Promise<Result[]> {
    return this.#bus.emitParallel<string, Result>(event, data);
  }

  /** Asks one subscriber after the other and gives their results; ends with the first failure. */
  async emitSerial<Result = unknown>(event: string, data?: unknown): Promise<Result[]> {
    return this.#bus.emitSerial<string, Result>(event, data);
  }

  /** Asks all subscribers and folds their results, in the order they are called in. */
  async emitReduce<Sum, Result = Sum>(
    event: string,
    data: unknown,
    reducer: EventReducer<Sum, Result>,
    initial: Sum,
  ): Promise<Sum> {
    return this.#bus.emitReduce<string, Sum, Result>(event, data, reducer, initial);
  }

  /** @internal Goes on with the bus of a node, or with its own again: subscriptions go along. */
  attach(bus: Bus | undefined): void {
    this.#bus = bus ?? this.#own;
    for (const held of this.#held) {
      held.end();
      held.end = endOf(this.#bus.subscribe(held.pattern, held.handler, held.options));
    }
  }
}

const endOf = (subscription: unknown): (() => void) => subscription as () => void;
