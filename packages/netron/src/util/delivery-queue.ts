import type { Clock } from './clock.js';
import { Fifo } from './fifo.js';
import { isThenable } from './is-thenable.js';

/** Policy for one more item of a full queue: drop the oldest one, drop the new one, block the producer briefly, or close the queue. */
export type WhenFull = 'drop-oldest' | 'drop-newest' | 'block' | 'disconnect';

/** Result of adding an item: nothing, or a promise to wait for before adding more. It never rejects and need not be awaited. */
export type Hold = PromiseLike<void> | undefined;

/** Options of a `DeliveryQueue`. */
export interface DeliveryQueueOptions<T> {
  /** Most waiting items, at least 1. */
  readonly limit: number;
  readonly whenFull: WhenFull;
  readonly clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>;
  /** Processes one item; the next one follows when the returned promise, if any, has settled. */
  readonly process: (item: T) => unknown;
  /** Called when `process` throws or rejects. */
  readonly failed: (error: unknown, item: T) => void;
  /** Called when `disconnect` has closed the queue. */
  readonly overflowed?: () => void;
  /** Called whenever the queue becomes idle. */
  readonly idle?: () => void;
}

/** Milliseconds for which `block` holds a producer before the item is dropped. */
const holdMs = 10;

/**
 * Passes items one at a time and in order to a function that may be slow or never finish. At most `limit` items wait; `whenFull` decides
 * about further ones, and `dropped` counts those that are lost. When the queue is idle, an item is processed within `push` itself.
 */
export class DeliveryQueue<T> {
  readonly #options: DeliveryQueueOptions<T>;
  readonly #items = new Fifo<T>();
  /** Items beyond the limit whose producers wait, by `block`; at most as many as the limit. */
  readonly #held: Held<T>[] = [];
  #busy = false;
  #closed = false;
  #dropped = 0;

  constructor(options: DeliveryQueueOptions<T>) {
    if (!Number.isInteger(options.limit) || options.limit < 1) {
      throw new RangeError(`queue limit must be a positive integer, not ${options.limit}`);
    }
    if (!policies.has(options.whenFull)) throw new TypeError(`unknown queue policy '${options.whenFull}'`);
    this.#options = options;
  }

  /** Number of items dropped because the queue was full. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Number of waiting items, without the one being processed. */
  get waiting(): number {
    return this.#items.size + this.#held.length;
  }

  /** Adds an item. */
  push(item: T): Hold {
    if (this.#closed) return undefined;
    if (this.#busy) return this.#enqueue(item);
    this.#busy = true;
    if (this.#run(item)) this.#drain();
    return undefined;
  }

  /** Drops the waiting items and accepts no more. The item being processed continues. */
  close(): void {
    this.#closed = true;
    this.#items.clear();
    for (const held of this.#held.splice(0)) this.#release(held);
  }

  #enqueue(item: T): Hold {
    const { limit, whenFull } = this.#options;
    if (this.#items.size < limit) {
      this.#items.push(item);
      return undefined;
    }
    if (whenFull === 'block' && this.#held.length < limit) return this.#hold(item);
    this.#dropped += 1;
    if (whenFull === 'drop-oldest') {
      this.#items.shift();
      this.#items.push(item);
    } else if (whenFull === 'disconnect') {
      this.close();
      this.#options.overflowed?.();
    }
    return undefined;
  }

  #hold(item: T): Promise<void> {
    return new Promise((resolve) => {
      const held: Held<T> = { item, resolve, timer: undefined };
      held.timer = this.#options.clock.setTimeout(() => {
        this.#held.splice(this.#held.indexOf(held), 1);
        this.#dropped += 1;
        resolve();
      }, holdMs);
      this.#held.push(held);
    });
  }

  #release(held: Held<T>): void {
    this.#options.clock.clearTimeout(held.timer);
    held.resolve();
  }

  #drain(): void {
    while (this.#items.size > 0) {
      const item = this.#items.shift() as T;
      const held = this.#held.shift();
      if (held !== undefined) {
        this.#items.push(held.item);
        this.#release(held);
      }
      if (!this.#run(item)) return;
    }
    this.#busy = false;
    this.#options.idle?.();
  }

  /** Processes an item; returns whether it is done. If not, the next one starts when it is. */
  #run(item: T): boolean {
    try {
      const result = this.#options.process(item);
      if (!isThenable(result)) return true;
      result.then(
        () => this.#drain(),
        (error: unknown) => {
          this.#options.failed(error, item);
          this.#drain();
        },
      );
      return false;
    } catch (error) {
      this.#options.failed(error, item);
      return true;
    }
  }
}

interface Held<T> {
  readonly item: T;
  readonly resolve: () => void;
  timer: unknown;
}

const policies: ReadonlySet<string> = new Set<WhenFull>(['drop-oldest', 'drop-newest', 'block', 'disconnect']);
