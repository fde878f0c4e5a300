/** One piece of work that any number of callers wait for. */
import { NetronError, onAbort } from '@omnitron-dev/netron/http/client';

/**
 * Work in flight, shared by all callers that want its result. A caller whose signal is aborted leaves alone; when the last one
 * has left, the work is aborted.
 */
export class Flight<T> {
  /** Tick of the cache at which the work began. */
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
    // The callers receive a failure through `join`; without callers it is not an unhandled rejection.
    this.#result.then(settle, settle);
  }

  /** Whether it has been aborted. */
  get aborted(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Calls `action` when the work is aborted. */
  whenAborted(action: () => void): void {
    this.#controller.signal.addEventListener('abort', action, { once: true });
  }

  /** Calls `action` when the work has settled. */
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

/** Returns the error for a caller whose signal is aborted: the reason, when it is a `NetronError`. */
export function leaving(reason: unknown): NetronError {
  return reason instanceof NetronError ? reason : canceled(reason);
}

/** Returns the error for a call that its caller has canceled. */
export function canceled(cause: unknown): NetronError {
  return new NetronError('canceled', 'the call was canceled', cause === undefined ? {} : { cause });
}
