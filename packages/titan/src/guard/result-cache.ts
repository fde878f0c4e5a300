import { readJson, writeJson } from '@omnitron-dev/netron/http/client';

/** One result that is kept. */
interface Kept {
  readonly value: unknown;
  readonly until: number;
  readonly bytes: number;
  readonly tags: readonly string[];
}

/** Answer of a store that nodes share: a result, or the turn to make it. */
export type StoredResult =
  | { readonly text: string }
  /** Nobody else makes it meanwhile. `ticket` is handed back with the result, or with nothing when there is none to keep. */
  | { readonly ticket: string };

/** Results that several nodes share, as text. */
export interface ResultStore {
  /** Reads a result. While another node makes it, waits for it. @throws when the store cannot be reached */
  get(key: string, tags: readonly string[]): Promise<StoredResult>;
  /** Keeps a result, unless one of its tags has been invalidated since `get`. @param ttl milliseconds */
  set(key: string, text: string, ttl: number, tags: readonly string[], ticket: string): Promise<unknown>;
  /** Gives back the turn to make a result. */
  release(key: string, ticket: string): Promise<unknown>;
  invalidate(tags: readonly string[]): Promise<unknown>;
}

/** Bounds of a cache. */
export interface ResultCacheOptions {
  /**
   * Keeps results there instead of in memory, for several nodes. While it cannot be reached results are made anew, once for all who ask
   * at one time on a node. Default: in memory.
   */
  readonly store?: ResultStore;
  /** Called with a failure of the store, the first after it has worked. */
  readonly onError?: (error: unknown) => void;
  /** Bytes, roughly: twice the length of keys and of results as text. Default 32 MiB. */
  readonly maxBytes?: number;
  /** Returns milliseconds on a clock that never goes back. */
  readonly now?: () => number;
}

/** Results of calls, kept for some time. It is a token: `constructor(private cache: ResultCache)`. */
export class ResultCache {
  readonly #maxBytes: number;
  readonly #now: () => number;
  /** The longest unused first. */
  readonly #kept = new Map<string, Kept>();
  readonly #byTag = new Map<string, Set<string>>();
  readonly #store: ResultStore | undefined;
  readonly #failed: (error: unknown) => void;
  readonly #pending = new Map<string, Promise<unknown>>();
  #failing = false;
  #bytes = 0;
  #turn = 0;

  constructor({
    maxBytes = 32 * 1024 * 1024,
    now = () => performance.now(),
    store,
    onError = () => {},
  }: ResultCacheOptions = {}) {
    this.#store = store;
    this.#failed = onError;
    this.#maxBytes = maxBytes;
    this.#now = now;
  }

  /** Entries and bytes that are kept. */
  get size(): { readonly entries: number; readonly bytes: number } {
    return { entries: this.#kept.size, bytes: this.#bytes };
  }

  /**
   * Forgets every result that has one of the tags. With a store, resolves when it has heard of it; when it cannot be reached, results
   * stay until their time is over.
   */
  invalidate(tags: string | readonly string[]): void | Promise<void> {
    // A result that is being made now may be out of date already: it is handed out, not kept.
    this.#turn += 1;
    for (const tag of [tags].flat()) for (const key of this.#byTag.get(tag) ?? []) this.#drop(key);
    if (this.#store) {
      return this.#store.invalidate([tags].flat()).then(
        () => {},
        (error: unknown) => this.#report(error),
      );
    }
  }

  /** Forgets everything that is kept in memory. */
  clear(): void {
    this.#turn += 1;
    for (const key of [...this.#kept.keys()]) this.#drop(key);
  }

  /**
   * The result for a key: kept, on its way for somebody else, or made now. A failure is kept by nobody.
   *
   * @param ttl seconds
   */
  get(key: string, ttl: number, tags: readonly string[], make: () => unknown): unknown {
    const kept = this.#kept.get(key);
    if (kept && kept.until > this.#now()) {
      this.#kept.delete(key);
      this.#kept.set(key, kept);
      return kept.value;
    }
    if (kept) this.#drop(key);
    const pending = this.#pending.get(key);
    if (pending) return pending;
    if (this.#store) return this.#hold(key, this.#shared(this.#store, key, ttl, tags, make));
    const turn = this.#turn;
    const result = make();
    if (typeof (result as PromiseLike<unknown> | undefined)?.then !== 'function') return this.#keep(key, ttl, tags, result, turn);
    return this.#hold(
      key,
      Promise.resolve(result).then((value) => this.#keep(key, ttl, tags, value, turn)),
    );
  }

  /** Remembers what is on its way, for others who ask. */
  #hold(key: string, result: Promise<unknown>): Promise<unknown> {
    const shared = result.finally(() => this.#pending.delete(key));
    this.#pending.set(key, shared);
    return shared;
  }

  /** Tells of the first failure of the store after it has worked. */
  #report(error: unknown): void {
    if (!this.#failing) this.#failed(error);
    this.#failing = true;
  }

  async #shared(store: ResultStore, key: string, ttl: number, tags: readonly string[], make: () => unknown): Promise<unknown> {
    const found = await store.get(key, tags).catch((error: unknown) => this.#report(error));
    if (!found) return make();
    this.#failing = false;
    if ('text' in found) return freeze(readResult(found.text));
    try {
      const value = await make();
      const text = sizeOf(value) === undefined ? undefined : writeResult(value);
      const kept = text !== undefined && text.length * 2 <= this.#maxBytes;
      await (kept ? store.set(key, text, ttl * 1_000, tags, found.ticket) : store.release(key, found.ticket)).catch(
        (error: unknown) => this.#report(error),
      );
      return value;
    } catch (error) {
      await store.release(key, found.ticket).catch((error: unknown) => this.#report(error));
      throw error;
    }
  }

  #keep(key: string, ttl: number, tags: readonly string[], value: unknown, turn: number): unknown {
    const bytes = sizeOf(value);
    if (bytes === undefined || turn !== this.#turn) return value;
    const whole = (key.length + bytes) * 2;
    if (whole > this.#maxBytes) return value;
    this.#drop(key);
    this.#kept.set(key, { value: freeze(value), until: this.#now() + ttl * 1_000, bytes: whole, tags });
    this.#bytes += whole;
    for (const tag of tags) {
      const keys = this.#byTag.get(tag) ?? new Set();
      this.#byTag.set(tag, keys.add(key));
    }
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#drop(oldest);
    }
    return value;
  }

  #drop(key: string): void {
    const kept = this.#kept.get(key);
    if (!kept) return;
    this.#kept.delete(key);
    this.#bytes -= kept.bytes;
    for (const tag of kept.tags) {
      const keys = this.#byTag.get(tag);
      keys?.delete(key);
      if (keys?.size === 0) this.#byTag.delete(tag);
    }
  }
}

/** A result as text, types included. */
const writeResult = (value: unknown): string => writeJson(value, { rich: true });
const readResult = (text: string): unknown => readJson(text, { rich: true });

/** Length of data as text, roughly; `undefined` for what is no data and must not be kept. */
function sizeOf(value: unknown, depth = 0): number | undefined {
  if (depth > 64) return undefined;
  if (typeof value === 'string') return value.length + 2;
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  if (typeof value !== 'object' || value === null) return 8;
  if (value instanceof Date) return 8;
  if (ArrayBuffer.isView(value)) return value.byteLength;
  const prototype = Object.getPrototypeOf(value);
  const items = Array.isArray(value)
    ? value
    : prototype === null || prototype === Object.prototype
      ? Object.entries(value).flat()
      : undefined;
  let sum = 2;
  for (const item of items ?? []) {
    const size = sizeOf(item, depth + 1);
    if (size === undefined) return undefined;
    sum += size;
  }
  return items && sum;
}

/** Freezes data: callers within the process share what is kept. */
function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  for (const each of Object.values(value)) freeze(each);
  return Object.freeze(value);
}
