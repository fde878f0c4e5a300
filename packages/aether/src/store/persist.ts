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
 * Keeps a store or a signal in a storage: takes over what was kept there, then writes every change, once per batch, and takes
 * over what other tabs write. It ends with the owner, or when the returned function is called.
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
  let taking = false;
  const take = (text: string) => {
    const value = decode(text);
    if (isSignal(state)) (state as unknown as WritableSignal<T>).set(value);
    else batch(() => reconcile(state as T, value));
  };

  attempt(() => {
    kept = storage.getItem(key);
    if (kept !== null) take(kept);
  });

  const write = effect(() => {
    attempt(() => {
      const text = encode(isSignal(state) ? (state() as T) : (state as T));
      // What another tab has written is not written back: two that order fields differently would never end.
      if (text !== kept && !taking) untrack(() => storage.setItem(key, text));
      kept = text;
    });
  });
  const hear = (event: Event) => {
    const { storageArea, key: changed, persisted } = event as StorageEvent & PageTransitionEvent;
    if (!persisted && (storageArea !== storage || changed !== key)) return;
    attempt(() => {
      const text = storage.getItem(key);
      if (text === null || text === kept) return;
      taking = true;
      try {
        take(text);
      } finally {
        taking = false;
      }
    });
  };
  const listen = effect(() => {
    for (const name of events) globalThis.addEventListener?.(name, hear);
    return () => {
      for (const name of events) globalThis.removeEventListener?.(name, hear);
    };
  });
  return () => {
    listen();
    write();
  };
}

/** Another tab has written; the page is back from where it heard of nothing. */
const events = ['storage', 'pageshow'] as const;

/** The storage of the page, if it has one and allows it. */
function pageStorage(): KeyValueStorage | undefined {
  try {
    return globalThis.localStorage;
  } catch {
    return undefined;
  }
}
