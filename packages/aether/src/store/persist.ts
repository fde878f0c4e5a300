import { batch, untrack } from '../reactive/batch.js';
import { effect } from '../reactive/effect.js';
import { report } from '../reactive/error.js';
import { isSignal, type WritableSignal } from '../reactive/signal.js';
import { reconcile } from './reconcile.js';

/** Part of `Storage` that `persist` needs. */
export interface KeyValueStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/** Options of `persist`. */
export interface PersistOptions<T> {
  /** Key in the storage. */
  readonly key: string;
  /** Default `localStorage`. Where there is none, as on servers, nothing is kept. */
  readonly storage?: KeyValueStorage | undefined;
  /** Default `JSON.stringify`. */
  readonly encode?: ((value: T) => string) | undefined;
  /** Default `JSON.parse`. What it throws counts as nothing kept. */
  readonly decode?: ((text: string) => T) | undefined;
  /** Called with what the storage or the codec threw. Default: `reportError`. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/**
 * Keeps a store or a signal in a storage: takes over what was kept there, then writes every change, once per batch. It ends
 * with the owner, or when the returned function is called.
 */
export function persist<T extends object>(state: T | WritableSignal<T>, options: PersistOptions<T>): () => void {
  const { key, storage = pageStorage(), encode = JSON.stringify, decode = JSON.parse as (text: string) => T } = options;
  if (storage === undefined) return () => {};
  const attempt = (action: () => void) => {
    try {
      action();
    } catch (error) {
      (options.onError ?? report)(error);
    }
  };
  let kept: string | null = null;

  attempt(() => {
    kept = storage.getItem(key);
    if (kept === null) return;
    const value = decode(kept);
    if (isSignal(state)) (state as unknown as WritableSignal<T>).set(value);
    else batch(() => reconcile(state as T, value));
  });

  return effect(() => {
    attempt(() => {
      const text = encode(isSignal(state) ? (state() as T) : (state as T));
      if (text === kept) return;
      kept = text;
      untrack(() => storage.setItem(key, text));
    });
  });
}

/** The storage of the page, if it has one and allows it. */
function pageStorage(): KeyValueStorage | undefined {
  try {
    return globalThis.localStorage;
  } catch {
    return undefined;
  }
}
