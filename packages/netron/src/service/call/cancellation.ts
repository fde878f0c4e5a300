import type { NetronError } from '../../errors/netron-error.js';

/** Reason why nobody waits for a call any more, and who hears of it. Made when somebody asks, or when it happens. */
export class Cancellation {
  /** `undefined` while somebody waits. */
  reason: NetronError | undefined;
  #controller: AbortController | undefined;
  #listeners: Set<(reason: NetronError) => void> | undefined;

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.reason !== undefined) this.#controller.abort(this.reason);
    return this.#controller.signal;
  }

  /** Tells the listeners. Idempotent. */
  cancel(reason: NetronError): void {
    if (this.reason !== undefined) return;
    this.reason = reason;
    this.#controller?.abort(reason);
    for (const tell of this.#listeners ?? []) tell(reason);
    this.#listeners = undefined;
  }

  /**
   * Calls `tell` when it happens, at once when it has.
   *
   * @returns takes `tell` off again
   */
  listen(tell: (reason: NetronError) => void): () => void {
    if (this.reason !== undefined) {
      tell(this.reason);
      return () => {};
    }
    this.#listeners ??= new Set();
    this.#listeners.add(tell);
    return () => this.#listeners?.delete(tell);
  }
}
