import { Watchers } from './watchers.js';

/** A call with its name. */
export interface NamedCall {
  readonly service: string;
  readonly method: string;
}

/** Most running calls without a caller; beyond it, the oldest are no longer counted. */
const maxUnanswered = 10_000;

/** Stops counting a call that can never end, because its promise was garbage-collected. */
const forgotten = new FinalizationRegistry<() => void>((end) => end());

/**
 * Number of calls that a node answers, or is about to answer, and of streams that it sends. A call counts until its method has ended,
 * whether or not its caller still waits.
 */
export class InFlight {
  /** Notified whenever nothing is in flight any more. */
  readonly idle: Watchers = new Watchers();
  #size = 0;
  #stopped = false;
  /** Calls that still run although their callers no longer wait. Absent until there is one. */
  #left: Set<NamedCall> | undefined;

  /** @param collects as `Scheduler.collects`: whether a call ends when its promise is garbage-collected */
  constructor(readonly collects = true) {}

  get size(): number {
    return this.#size;
  }

  /** Names of the running calls without a caller, as `service.method`. */
  get left(): string[] {
    return [...(this.#left ?? [])].map(({ service, method }) => `${service}.${method}`);
  }

  /** Counts something that starts. */
  add(): void {
    this.#size += 1;
  }

  /** Counts the work that a call waits for before it starts. Resolves or rejects as `work` does. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.add();
    try {
      return await work;
    } finally {
      this.delete();
    }
  }

  /**
   * Counts an added call, whose caller no longer waits, until it has ended. Retains only its name.
   *
   * @returns a function to call when it has ended, which may be called twice
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
    if (this.collects) forgotten.register(call, over, name);
    const [oldest] = left;
    if (left.size > maxUnanswered && oldest !== undefined && left.delete(oldest)) this.delete();
    return over;
  }

  /** Subtracts what has ended. */
  delete(count = 1): void {
    this.#size -= count;
    if (this.#size === 0) this.idle.changed();
  }

  /** Whether the node was stopped: nothing may start any more. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Stops counting the calls without a caller: the node was stopped. */
  forget(): void {
    this.#stopped = true;
    const { size = 0 } = this.#left ?? {};
    this.#left = undefined;
    if (size > 0) this.delete(size);
  }
}
