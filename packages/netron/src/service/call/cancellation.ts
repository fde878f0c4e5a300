import type { NetronError } from '../../errors/netron-error.js';

/** Cancellation of a call: its reason, its signal and its listeners, which are made when they are first needed. */
export class Cancellation {
  /** `undefined` until the call is canceled. */
  reason: NetronError | undefined;
  #controller: AbortController | undefined;
  #listeners: Set<(reason: NetronError) => void> | undefined;

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.reason !== undefined) this.#controller.abort(this.reason);
    return this.#controller.signal;
  }

  /** Cancels the call and notifies the listeners. Idempotent. */
  cancel(reason: NetronError): void {
    if (this.reason !== undefined) return;
    this.reason = reason;
    this.#controller?.abort(reason);
    for (const tell of this.#listeners ?? []) tell(reason);
    this.#listeners = undefined;
  }

  /**
   * Calls `tell` on cancellation, or at once if that has already happened.
   *
   * @returns a function that removes `tell`
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
