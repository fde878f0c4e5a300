import { dev } from '#dev';
import { batch, untrack } from '../reactive/batch.js';
import { effect } from '../reactive/effect.js';
import { report } from '../reactive/error.js';
import { isSignal, type WritableSignal } from '../reactive/signal.js';
import { reconcile } from './reconcile.js';

/** Part of `Storage` that `persist` needs. */
export interface KeyValueStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  /** Removes a key, for values for which `encode` returns no string. Without it, such a value is an error. */
  removeItem?(key: string): void;
}

/** Options of `persist`. */
export interface PersistOptions<T> {
  /** Key in the storage. */
  readonly key: string;
  /** Default `localStorage`. If there is none, as on servers, nothing is stored. */
  readonly storage?: KeyValueStorage | undefined;
  /** Default `JSON.stringify`. If it returns `undefined`, as JSON does for `undefined`, nothing is stored: a page starts with its own value, and signals of other tabs go back to theirs. */
  readonly encode?: ((value: T) => string | undefined) | undefined;
  /** Default `JSON.parse`. If it throws, the stored value is ignored. */
  readonly decode?: ((text: string) => T) | undefined;
  /** Receives errors of the storage and the codec. Default: `reportError`. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/**
 * Keeps a store or a signal in a storage: loads the stored value, then writes every change, once per batch, and loads
 * changes by other tabs when the browser reports them. Of concurrent changes, the later one wins. Ends with the owner, or
 * when the returned function is called.
 */
export function persist<T>(state: WritableSignal<T>, options: PersistOptions<T>): () => void;
export function persist<T extends object>(state: T, options: PersistOptions<T>): () => void;
export function persist<T>(state: T | WritableSignal<T>, options: PersistOptions<T>): () => void {
  if (dev)
    dev.optionsGiven('persist', options, { key: true, storage: true, encode: true, decode: true, onError: true } satisfies Record<
      keyof PersistOptions<T>,
      true
    >);
  const { key, storage = pageStorage(), encode = JSON.stringify, decode = JSON.parse as (text: string) => T } = options;
  if (storage === undefined) return () => {};
  const attempt = (action: () => void) => {
    try {
      action();
    } catch (error) {
      (options.onError ?? report)(error);
    }
  };
  /** Last text of the storage that this page has seen. */
  let kept: string | null = null;
  /** Its state as this page writes it: pages that order fields differently do not write it back. */
  let known: string | null = null;
  const initial = isSignal(state) ? untrack(state as WritableSignal<T>) : undefined;
  const encoded = (): string | null => encode(isSignal(state) ? (state() as T) : (state as T)) ?? null;
  const take = () => {
    const text = storage.getItem(key);
    // A store stays as it is when the text is taken out: no value stands for it.
    if (text === kept || (text === null && !isSignal(state))) return;
    kept = text;
    const value = text === null ? (initial as T) : decode(text);
    batch(() => {
      if (isSignal(state)) (state as unknown as WritableSignal<T>).set(value);
      else reconcile(state as object, value as object);
      // Effects run later: their changes belong to this page.
      known = untrack(encoded);
    });
  };

  attempt(take);

  const write = effect(() => {
    attempt(() => {
      const text = encoded();
      // An unreadable value is still stored, though its text is unknown.
      if (text === known && (text !== null || kept === null)) return;
      untrack(() => {
        if (text !== null) storage.setItem(key, text);
        else if (storage.removeItem !== undefined) storage.removeItem(key);
        else throw new TypeError(`persist: encode returned no string for '${key}', and the storage cannot remove items`);
      });
      kept = known = text;
    });
  });
  const hear = (event: Event) => {
    const { storageArea, key: changed, persisted } = event as StorageEvent & PageTransitionEvent;
    // `clear()` is reported without a key.
    if (persisted || (storageArea === storage && (changed ?? key) === key)) attempt(take);
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

/** Handles a write by another tab, and the return of the page from the back/forward cache. */
const events = ['storage', 'pageshow'] as const;

/** The storage of the page, if it has one and allows it. */
function pageStorage(): KeyValueStorage | undefined {
  try {
    return globalThis.localStorage;
  } catch {
    return undefined;
  }
}
