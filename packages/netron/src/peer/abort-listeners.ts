/** Calls that end with an `AbortSignal`: the signal has one listener, however many calls it is for. */

interface Listened {
  readonly cancels: Set<(reason: unknown) => void>;
  readonly onAbort: () => void;
}

export class AbortListeners {
  readonly #signals = new WeakMap<AbortSignal, Listened>();

  /** Calls `cancel` with the signal's reason when it is aborted. @returns ends that */
  add(signal: AbortSignal, cancel: (reason: unknown) => void): () => void {
    const listened = this.#signals.get(signal) ?? this.#listen(signal);
    const { cancels, onAbort } = listened;
    cancels.add(cancel);
    return () => {
      if (!cancels.delete(cancel) || cancels.size > 0) return;
      this.#signals.delete(signal);
      signal.removeEventListener('abort', onAbort);
    };
  }

  #listen(signal: AbortSignal): Listened {
    const cancels: Listened['cancels'] = new Set();
    const onAbort = (): void => {
      for (const cancel of cancels) cancel(signal.reason);
    };
    const listened: Listened = { cancels, onAbort };
    this.#signals.set(signal, listened);
    signal.addEventListener('abort', onAbort, { once: true });
    return listened;
  }
}
