/** Ends all attempts at something. A signal exists only during an attempt, since creating and aborting one takes time. */
export class Stop {
  #stopped = false;
  #reason: unknown;
  #controller: AbortController | undefined;

  get stopped(): boolean {
    return this.#stopped;
  }

  get reason(): unknown {
    return this.#reason;
  }

  /** Signal of the present attempt; the same until `done`. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#stopped) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Ends the attempt: nothing listens to its signal any more. */
  done(): void {
    this.#controller = undefined;
  }

  /** Aborts the present attempt; there must be no other. The first call counts. */
  stop(reason: unknown): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}
