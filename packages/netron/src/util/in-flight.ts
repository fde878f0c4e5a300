import { Watchers } from './watchers.js';

/** A call, as far as its name goes. */
export interface NamedCall {
  readonly service: string;
  readonly method: string;
}

/** Calls that nobody waits for and that are at work, at most: those that were left first are counted no longer. */
const mostLeft = 10_000;

/** Ends what is counted for calls that nobody can end any more: their promises were collected. */
const forgotten = new FinalizationRegistry<() => void>((end) => end());

/**
 * Number of calls that a node answers, or has yet to find out whether it answers, and of streams that it sends. A call counts until
 * its method has ended, whatever becomes of whoever waits for it.
 */
export class InFlight {
  /** Called each time that nothing is in flight any more. */
  readonly idle: Watchers = new Watchers();
  #size = 0;
  #stopped = false;
  /** Calls that nobody waits for any more, and that are still at work. Absent until there is one. */
  #left: Set<NamedCall> | undefined;

  get size(): number {
    return this.#size;
  }

  /** Names of the calls that nobody waits for and that are still at work, as `service.method`. */
  get left(): string[] {
    return [...(this.#left ?? [])].map(({ service, method }) => `${service}.${method}`);
  }

  /** Something begins. */
  add(): void {
    this.#size += 1;
  }

  /** Counts what a call waits for before it begins. Resolves or fails as `work` does. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.add();
    try {
      return await work;
    } finally {
      this.delete();
    }
  }

  /**
   * Nobody waits any more for a call that was added: it counts until it is over. Nothing of it but its name is held.
   *
   * @returns says that it is over; callable twice
   */
  leave(call: NamedCall): () => void {
    this.#left ??= new Set();
    const left = this.#left;
    const { service, method } = call;
    const name = { service, method };
    const over = (): void => {
      forgotten.unregister(name);
      if (this.#left?.delete(name) === true) this.delete();
    };
    left.add(name);
    forgotten.register(call, over, name);
    const [oldest] = left;
    if (left.size > mostLeft && oldest !== undefined && left.delete(oldest)) this.delete();
    return over;
  }

  /** So many have ended. */
  delete(count = 1): void {
    this.#size -= count;
    if (this.#size === 0) this.idle.changed();
  }

  /** Whether the node was stopped: nothing may begin any more. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Counts no longer what nobody waits for: the node was stopped. */
  forget(): void {
    this.#stopped = true;
    const { size = 0 } = this.#left ?? {};
    this.#left = undefined;
    if (size > 0) this.delete(size);
  }
}
