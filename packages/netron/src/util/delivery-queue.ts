import type { Clock } from './clock.js';
import { Fifo } from './fifo.js';
import { isThenable } from './is-thenable.js';

/**
 * Policy of a full queue for one more item: gives up the oldest for it, gives up the new one, holds the giver for a
 * moment, or ends.
 */
export type WhenFull = 'drop-oldest' | 'drop-newest' | 'block' | 'disconnect';

/**
 * Result of adding an item: nothing, or something to wait for before it gives more. It never rejects, and nobody has to
 * await it.
 */
export type Hold = PromiseLike<void> | undefined;

/** How a `DeliveryQueue` works. */
export interface DeliveryQueueOptions<T> {
  /** How many items may wait, at least 1. */
  readonly limit: number;
  readonly whenFull: WhenFull;
  readonly clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>;
  /** Takes one item; the next one is given when its promise, if it returns one, has settled. */
  readonly process: (item: T) => unknown;
  /** Told when `process` throws or rejects. */
  readonly failed: (error: unknown, item: T) => void;
  /** Told when `disconnect` has closed the queue. */
  readonly overflowed?: () => void;
  /** Told each time nothing is left to do. */
  readonly idle?: () => void;
}

/** How long `block` holds a giver before the item is dropped, in milliseconds. */
const holdMs = 10;

/**
 * Hands items one at a time and in order to a function that may be slow, or never finish. Bounded: `limit` items wait,
 * what happens to more says `whenFull`, and `dropped` counts them. With nothing to wait for, an item is processed within
 * `push` itself.
 */
export class DeliveryQueue<T> {
  readonly #options: DeliveryQueueOptions<T>;
  readonly #items = new Fifo<T>();
  /** Items over the limit whose givers wait, by `block`; as many again as the limit. */
  readonly #held: Held<T>[] = [];
  #busy = false;
  #closed = false;
  #dropped = 0;

  constructor(options: DeliveryQueueOptions<T>) {
    if (!Number.isInteger(options.limit) || options.limit < 1) {
      throw new RangeError(`queue limit ${options.limit} is not a whole number above 0`);
    }
    if (!policies.has(options.whenFull)) throw new TypeError(`no queue policy '${options.whenFull}'`);
    this.#options = options;
  }

  /** How many items were given up because the queue was full. */
  get dropped(): number {
    return this.#dropped;
  }

  /** How many items wait, without the one in process. */
  get waiting(): number {
    return this.#items.size + this.#held.length;
  }

  /** Takes an item. */
  push(item: T): Hold {
    if (this.#closed) return undefined;
    if (this.#busy) return this.#enqueue(item);
    this.#busy = true;
    if (this.#run(item)) this.#drain();
    return undefined;
  }

  /** Forgets what waits and takes no more. The item in process goes on. */
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

  /** Whether the item is done with. If not, what follows it starts when it is. */
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
