/** Work that ends with an `AbortSignal`: each signal has one listener, however many callbacks there are. */

interface Listened {
  readonly callbacks: Set<(reason: unknown) => void>;
  readonly onAbort: () => void;
}

const signals = new WeakMap<AbortSignal, Listened>();

/**
 * Calls `callback` with the signal's reason when it aborts; at once when it already has.
 *
 * @param callback a function unique to this call, which does not throw
 * @returns a function that removes the callback; it may be called twice
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
