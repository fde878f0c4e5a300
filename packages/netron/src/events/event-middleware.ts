import type { Clock } from '../util/clock.js';
import { DeliveryQueue, type Hold } from '../util/delivery-queue.js';
import type { EventScope } from './emit-options.js';

/** An event before its delivery, as middleware sees it. */
export interface BusEvent<Data = unknown, Name extends string = string> {
  /** The event's name. */
  readonly type: Name;
  /** Data for the subscribers; may be replaced before `next()`. */
  data: Data;
  /** Reach of the event. Default `cluster`. */
  readonly scope?: EventScope | undefined;
}

/**
 * Runs around the delivery of an event. Without a call of `next`, no subscriber receives it. `next` resolves when the subscribers have
 * answered (for published events: when the event has been handed over) and rejects when an emission fails.
 */
export type EventMiddleware<Data = unknown, Name extends string = string> = (
  event: BusEvent<Data, Name>,
  next: () => Promise<void>,
) => unknown;

/** Runs `event` through `middleware`, the first outermost, and finally `deliver`. */
export async function runMiddleware(
  middleware: readonly EventMiddleware[],
  event: BusEvent,
  deliver: () => Promise<void>,
): Promise<void> {
  let reached = -1;
  const from = async (i: number): Promise<void> => {
    if (i <= reached) throw new Error(`middleware of event '${event.type}' called next() more than once`);
    reached = i;
    const current = middleware[i];
    if (current === undefined) await deliver();
    else await current(event, () => from(i + 1));
  };
  await from(0);
}

/** Maximum number of published events of one name that wait for middleware, and of names with waiting events. */
const maxWaiting = 1000;

/** Members of the bus that lanes use. */
export interface LanesOptions {
  readonly clock: Clock;
  readonly middleware: readonly EventMiddleware[];
  readonly deliver: (event: BusEvent) => Hold;
  readonly failed: (error: unknown, event: string) => void;
}

/**
 * Takes published events through the middleware and keeps those of one name in order, even if a middleware takes
 * longer for one than for the next. Limits: 1,000 events of one name wait, and one more drops the oldest; events of 1,000
 * names wait, and those of further names are dropped; both are counted.
 */
export class MiddlewareLanes {
  readonly #options: LanesOptions;
  readonly #lanes = new Map<string, DeliveryQueue<BusEvent>>();
  #dropped = 0;

  constructor(options: LanesOptions) {
    this.#options = options;
  }

  get dropped(): number {
    let sum = this.#dropped;
    for (const lane of this.#lanes.values()) sum += lane.dropped;
    return sum;
  }

  push(event: BusEvent): void {
    let lane = this.#lanes.get(event.type);
    if (lane === undefined) {
      if (this.#lanes.size >= maxWaiting) {
        this.#dropped += 1;
        return;
      }
      lane = this.#open(event.type);
      this.#lanes.set(event.type, lane);
    }
    void lane.push(event);
  }

  close(): void {
    for (const lane of this.#lanes.values()) lane.close();
    this.#lanes.clear();
  }

  #open(type: string): DeliveryQueue<BusEvent> {
    const lane: DeliveryQueue<BusEvent> = new DeliveryQueue({
      limit: maxWaiting,
      whenFull: 'drop-oldest',
      clock: this.#options.clock,
      process: (event) => this.#process(event),
      failed: (error) => this.#options.failed(error, type),
      idle: () => {
        this.#dropped += lane.dropped;
        this.#lanes.delete(type);
      },
    });
    return lane;
  }

  /** Returns a promise unless the event was delivered synchronously. It settles on delivery, not at the end of the middleware. */
  #process(event: BusEvent): Promise<void> | undefined {
    const { middleware, deliver, failed } = this.#options;
    let delivered = false;
    let release: (() => void) | undefined;
    const handOver = async () => {
      const wait = deliver(event);
      if (wait !== undefined) await wait;
      delivered = true;
      release?.();
    };
    const ended = runMiddleware(middleware, event, handOver).catch((error: unknown) => failed(error, event.type));
    if (delivered) return undefined;
    return new Promise((resolve) => {
      release = resolve;
      void ended.then(resolve);
    });
  }
}
