/** Work that ends with an `AbortSignal`: a signal has one listener, however many wait for it. */

interface Listened {
  readonly callbacks: Set<(reason: unknown) => void>;
  readonly onAbort: () => void;
}

const signals = new WeakMap<AbortSignal, Listened>();

/**
 * Calls `callback` with the signal's reason when it is aborted; at once when it has been.
 *
 * @param callback a function of this call alone, which does not throw
 * @returns ends that; callable twice
 */
export function onAbort(signal: AbortSignal, callback: (reason: unknown) => void): () => void {
  if (signal.aborted) {
    callback(signal.reason);
    return () => {};
  }
  const listened = signals.get(signal) ?? listen(signal);
  const { callbacks } = listened;
  callbacks.add(callback);
  return () => {
    if (!callbacks.delete(callback) || callbacks.size > 0) return;
    signals.delete(signal);
    signal.removeEventListener('abort', listened.onAbort);
  };
}

function listen(signal: AbortSignal): Listened {
  const callbacks: Listened['callbacks'] = new Set();
  const onAbort = (): void => {
    signals.delete(signal);
    for (const callback of callbacks) callback(signal.reason);
  };
  const listened: Listened = { callbacks, onAbort };
  signals.set(signal, listened);
  signal.addEventListener('abort', onAbort, { once: true });
  return listened;
}
