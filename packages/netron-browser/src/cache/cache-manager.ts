/** The cache of results, by key. It is bounded in number and in bytes, and evicts the least recently used entries first. */
import { type Clock, systemClock } from '@omnitron-dev/netron/http/client';
import { checkedOptions } from '../util/checked-options.js';
import type { Flight } from '../util/flight.js';
import { type Answer, CacheEntry, type Layer } from './entry.js';
import { type CacheManagerOptions, type CacheOptions, type CacheStats, readCacheOptions } from './options.js';
import { type Invalidable, type InvalidationPattern, matcher, type Outdated } from './patterns.js';
import { Reads } from './reads.js';
import { share } from './share.js';
import { Sweep } from './sweep.js';
import { weigh } from './weigh.js';

const defaults = { maxEntries: 1_000, maxSizeBytes: 10_000_000, defaultMaxAge: 0, gcTime: 300_000 };

/** Names of the options of `HttpCacheManager`. */
export const cacheNames: Record<keyof CacheManagerOptions, unknown> = { ...defaults, debug: true, clock: true };

/** Cache of call results in the page. Bounded in number and in bytes; the least recently used results are evicted first. */
export class HttpCacheManager implements Disposable {
  readonly defaultMaxAge: number;
  readonly #maxEntries: number;
  readonly #maxSize: number;
  readonly #gcTime: number;
  readonly #debug: boolean;
  readonly #clock: Clock;
  /** In order of use, the least recently used first. */
  readonly #entries = new Map<string, CacheEntry>();
  #last: CacheEntry | undefined;
  #valueCount = 0;
  #size = 0;
  readonly #reads = new Reads();
  #events = 1;
  readonly #sweep: Sweep;
  #closed = false;

  constructor(options: CacheManagerOptions = {}) {
    const read = checkedOptions('HttpCacheManager', options, cacheNames);
    const { maxEntries, maxSizeBytes, defaultMaxAge, gcTime } = { ...defaults, ...read };
    for (const [name, value] of Object.entries({ maxEntries, maxSizeBytes, defaultMaxAge, gcTime })) {
      if (typeof value !== 'number' || !(value >= 0))
        throw new TypeError(`HttpCacheManager: ${name} must be a non-negative number, not ${String(value)}`);
    }
    this.defaultMaxAge = defaultMaxAge;
    this.#maxEntries = maxEntries;
    this.#maxSize = maxSizeBytes;
    this.#gcTime = gcTime;
    this.#debug = read.debug === true;
    this.#clock = read.clock ?? systemClock;
    this.#sweep = new Sweep(this.#clock, () => this.#collect());
  }

  /** Returns the fresh value of a key, or `undefined` when there is none. */
  get<T = unknown>(key: string): T | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || !(entry.fresh(this.now) || entry.layers.length > 0)) {
      this.count(false, key);
      return undefined;
    }
    this.count(true, key);
    this.use(entry);
    return entry.value as T;
  }

  /**
   * Stores a value.
   *
   * @throws TypeError when an option is wrong or unknown
   */
  set(key: string, value: unknown, options: CacheOptions = {}): void {
    const read = readCacheOptions(options);
    const entry = this.open(key, key, read);
    this.use(entry);
    this.store(entry, this.tick(), { value, tags: [] }, read);
  }

  /**
   * Marks the matching entries as stale. They are fetched again at the next read; entries on display are fetched at once.
   * The answer to a request that started before the call does not make an entry fresh again.
   *
   * @param pattern a tag, a service, `service.method`, a string with `*`, a list of those, or a RegExp
   * @returns the number of entries marked
   */
  invalidate(pattern: InvalidationPattern): number {
    const matches = matcher(pattern);
    const found = new Set(this.list(matches));
    const at = this.tick();
    this.#noteUnmatched(at, matches, found);
    for (const entry of found) this.#invalidate(entry, at);
    if (found.size > 0) this.#log('invalidated', String(pattern));
    return found.size;
  }

  getStats(): CacheStats {
    return { ...this.#reads.stats, entries: this.#valueCount, sizeBytes: this.#size };
  }

  /** Discards all values. Entries on display are fetched again. */
  clear(): void {
    const now = this.tick();
    for (const entry of [...this.#entries.values()]) {
      entry.layers.length = 0;
      this.#empty(entry);
      this.#invalidate(entry, now);
      if (entry.observers.size === 0 && entry.flight === undefined) this.#entries.delete(entry.key);
    }
    this.#last = undefined;
  }

  /** Discards everything and stops the timer. */
  close(): void {
    this.#closed = true;
    this.#sweep.close();
    this.#entries.clear();
    this.#last = undefined;
    this.#size = 0;
    this.#valueCount = 0;
  }

  /** Same as `close()`, so that a container that created the cache can dispose of it. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal The monotonic time. */
  get now(): number {
    return this.#clock.now();
  }

  /** @internal The next number of the logical clock, which orders requests and invalidations. */
  tick(): number {
    return this.#events++;
  }

  /** @internal */
  find(key: string): CacheEntry | undefined {
    return this.#entries.get(key);
  }

  /** @internal */
  list(matches: (entry: CacheEntry) => boolean): CacheEntry[] {
    return [...this.#entries.values()].filter(matches);
  }

  /** @internal Returns the entry of a key, and creates it when there is none. */
  open(key: string, name: string, { gcTime = this.#gcTime }: CacheOptions): CacheEntry {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = new CacheEntry(key, name, gcTime, this.now);
      if (!this.#closed) this.#entries.set(key, entry);
      this.#last = entry;
      this.#sweep.within(entry.gcTime);
    } else entry.gcTime = Math.max(entry.gcTime, gcTime);
    return entry;
  }

  /** @internal Marks an entry as used at `now`. */
  use(entry: CacheEntry, now = this.now): void {
    entry.used = now;
    if (this.#last === entry) return;
    this.#last = entry;
    if (!this.#entries.delete(entry.key)) return;
    this.#entries.set(entry.key, entry);
  }

  /** @internal */
  count(hit: boolean, key: string): void {
    this.#reads.count(hit);
    if (this.#debug) this.#log(hit ? 'hit' : 'miss', key);
  }

  /**
   * @internal Stores an answer below the optimistic layers of its entry.
   *
   * @param requested tick at which it was requested: an invalidation after it still counts, and the answer includes every change that was
   *   confirmed before it
   */
  store(entry: CacheEntry, requested: number, answer: Answer, options: CacheOptions, updated = this.now): void {
    if (requested < entry.requested) return;
    entry.requested = requested;
    const { maxAge = this.defaultMaxAge, staleWhileRevalidate = 0 } = options;
    const value = share(entry.base?.value, answer.value);
    const size = answer.size ?? weigh(value);
    this.#discount(entry);
    entry.tags = new Set([...(options.tags ?? []), ...answer.tags]);
    entry.live = answer.live;
    entry.settle(requested);
    entry.base = { value, size, updated, maxAge, staleWhileRevalidate, etag: answer.etag };
    this.#size += size;
    this.#valueCount += 1;
    entry.refold();
    if (!this.#closed && !this.#entries.has(entry.key)) this.#entries.set(entry.key, entry);
    entry.notify();
    // An answer larger than the whole cache is shown but not kept.
    if (size > this.#maxSize) this.#evict(entry);
    else this.#shrink();
  }

  /** @internal Shows a change before it is confirmed. */
  push(entry: CacheEntry, layer: Layer): void {
    entry.push(layer);
    entry.notify();
  }

  /** @internal Removes a change that has failed. */
  retract(entry: CacheEntry, layer: Layer): void {
    entry.remove(layer);
    if (!entry.hasValue && entry.observers.size === 0 && entry.flight === undefined) this.#entries.delete(entry.key);
    entry.notify();
  }

  /** @internal */
  setFlight(entry: CacheEntry, flight: Flight<unknown> | undefined): void {
    entry.flight = flight;
    entry.notify();
  }

  /**
   * @internal Marks entries as stale.
   *
   * @param reported position of the server that reported this
   */
  outdate(entries: readonly CacheEntry[], reported: string | undefined): void {
    const at = this.tick();
    for (const entry of entries) {
      entry.reported = reported ?? entry.reported;
      this.#invalidate(entry, at);
    }
  }

  /**
   * @internal Marks what a change has made stale, each entry once, unless the entry already knows the change: the server has reported it.
   *
   * @param shown optimistic changes of the call: each stays until an answer that includes the change arrives
   */
  changed({ pattern, tags, cursor }: Outdated, shown: readonly { entry: CacheEntry; layer: Layer }[] = []): void {
    const named = matcher(pattern);
    const matches = (entry: Invalidable) => named(entry) || tags.some((tag) => entry.tags.has(tag));
    const stale = new Set([...shown.map(({ entry }) => entry), ...this.list(matches)]);
    const at = this.tick();
    if (pattern.length + tags.length > 0) this.#noteUnmatched(at, matches, stale);
    for (const { entry, layer } of shown) {
      layer.settled = entry.knows(cursor) ? entry.invalidated : at;
      // The current answer includes the change.
      if (layer.settled === 0) this.retract(entry, layer);
    }
    for (const entry of stale) if (!entry.knows(cursor)) this.#invalidate(entry, at);
    if (stale.size > 0) this.#log('invalidated', [...pattern, ...tags].join());
  }

  /** Notes an invalidation for the requests in flight that it does not match: their answers may have other tags. */
  #noteUnmatched(at: number, matches: (entry: Invalidable) => boolean, matched: ReadonlySet<CacheEntry>): void {
    for (const entry of this.#entries.values())
      if (entry.flight !== undefined && !matched.has(entry)) entry.unmatched.push({ at, matches });
  }

  #invalidate(entry: CacheEntry, now: number): void {
    entry.invalidated = now;
    if (entry.observers.size === 0) return;
    entry.notify();
    for (const observer of [...entry.observers]) observer.outdated();
  }

  /** Entries on display stay in the map but lose their value; their queries keep the one that they show. */
  #shrink(): void {
    if (this.#size <= this.#maxSize && this.#valueCount <= this.#maxEntries) return;
    for (const observed of [false, true]) {
      for (const entry of this.#entries.values()) {
        if (this.#size <= this.#maxSize && this.#valueCount <= this.#maxEntries) return;
        if (entry.base !== undefined && entry.observers.size > 0 === observed) this.#evict(entry);
      }
    }
  }

  #evict(entry: CacheEntry): void {
    this.#log('evicted', entry.key);
    this.#empty(entry);
    if (entry.observers.size === 0 && entry.layers.length === 0 && entry.flight === undefined) this.#entries.delete(entry.key);
  }

  #empty(entry: CacheEntry): void {
    this.#discount(entry);
    entry.base = undefined;
    entry.refold();
  }

  #discount({ base }: CacheEntry): void {
    if (base === undefined) return;
    this.#size -= base.size;
    this.#valueCount -= 1;
  }

  /** Drops entries that have been unused for their `gcTime`. @returns milliseconds until the next may be dropped */
  #collect(): number {
    const now = this.now;
    let next = Number.POSITIVE_INFINITY;
    for (const entry of [...this.#entries.values()]) {
      const left = entry.used + entry.gcTime - now;
      if (left > 0 || !entry.idle) {
        next = Math.min(next, left);
        continue;
      }
      this.#log('collected', entry.key);
      entry.layers.length = 0;
      this.#empty(entry);
      this.#entries.delete(entry.key);
    }
    return next;
  }

  #log(what: string, key: string): void {
    if (this.#debug) console.debug(`cache: ${what} ${key}`);
  }
}
