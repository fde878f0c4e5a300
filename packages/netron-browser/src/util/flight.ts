/** One piece of work that any number of callers wait for. */
import { NetronError, onAbort } from '@omnitron-dev/netron/http/client';

/**
 * Work under way, shared by all who want its result. Whoever leaves by an own signal leaves alone; when the last one has
 * left, the work is aborted.
 */
export class Flight<T> {
  /** The moment it began, in the cache's count of events. */
  readonly started: number;
  readonly #controller = new AbortController();
  readonly #result: Promise<T>;
  #waiting = 0;
  #settled = false;

  constructor(started: number, work: (signal: AbortSignal) => Promise<T>) {
    this.started = started;
    this.#result = work(this.#controller.signal);
    const settle = () => {
      this.#settled = true;
    };
    // Whoever waits hears of a failure; when nobody does, nobody has to.
    this.#result.then(settle, settle);
  }

  /** Whether it has been given up. */
  get aborted(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Calls `action` when it is given up. */
  whenAborted(action: () => void): void {
    this.#controller.signal.addEventListener('abort', action, { once: true });
  }

  /** Calls `action` when it has ended, however. */
  whenSettled(action: () => void): void {
    this.#result.then(action, action);
  }

  /** Waits for the result until `signal` is aborted. */
  join(signal?: AbortSignal): Promise<T> {
    this.#waiting += 1;
    if (signal === undefined) return this.#result;
    return new Promise<T>((resolve, reject) => {
      const leave = onAbort(signal, (reason) => {
        reject(leaving(reason));
        this.#leave();
      });
      this.#result.then(resolve, reject).finally(leave);
    });
  }

  #leave(): void {
    this.#waiting -= 1;
    if (this.#waiting === 0 && !this.#settled) this.#controller.abort(canceled(undefined));
  }
}

/** The error for whoever leaves by a signal: its reason, where that is one of this package. */
export function leaving(reason: unknown): NetronError {
  return reason instanceof NetronError ? reason : canceled(reason);
}

/** The error for a call that its caller has given up. */
export function canceled(cause: unknown): NetronError {
  return new NetronError('canceled', 'the call was canceled', cause === undefined ? {} : { cause });
}
