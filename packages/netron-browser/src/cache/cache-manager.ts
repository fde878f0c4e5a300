/** Answers by key: bounded by number and bytes, the least recently used leave first. */
import { type Clock, systemClock } from '@omnitron-dev/netron/http/client';
import type { Flight } from '../util/flight.js';
import type { LiveFacts } from '../util/sealed-tags.js';
import { CacheEntry, type Layer } from './entry.js';
import { type InvalidationPattern, matcher } from './patterns.js';
import { share } from './share.js';
import { weigh } from './weigh.js';

/** Terms under which one answer is cached. All times in milliseconds. */
export interface CacheOptions {
  /** How long it counts as fresh. Default: the manager's `defaultMaxAge`. */
  readonly maxAge?: number;
  /** How long after that it is still given at once, while a new one is fetched. Default 0. */
  readonly staleWhileRevalidate?: number;
  /** How long it is kept after its last use. Default: the manager's. */
  readonly gcTime?: number;
  /** Names by which it can be said to be out of date. */
  readonly tags?: readonly string[];
  /** Whether an old answer is given when a new one cannot be had: the network or the server fails. Default `false`. */
  readonly cacheOnError?: boolean;
  /** Instead of the arguments in the key. */
  readonly key?: string;
}

/** Options of the manager. */
export interface CacheManagerOptions {
  /** Default 1,000. */
  readonly maxEntries?: number;
  /** Default 10,000,000. A hard limit: an answer that is larger is not kept. */
  readonly maxSizeBytes?: number;
  /** Milliseconds for which an answer counts as fresh when nothing else is said. Default 0. */
  readonly defaultMaxAge?: number;
  /** Milliseconds for which an answer is kept after its last use. Default 300,000. */
  readonly gcTime?: number;
  /** Writes hits, misses and what leaves to the console. Keys hold arguments: not for production. Default `false`. */
  readonly debug?: boolean;
  /** Default: the platform's. */
  readonly clock?: Clock;
}

/** Figures since the manager was made. */
export interface CacheStats {
  /** Share of reads that were answered from the cache, 0 to 1. */
  readonly hitRate: number;
  readonly hits: number;
  readonly misses: number;
  readonly entries: number;
  readonly sizeBytes: number;
}

/** A cache as plain data, to be handed from the server that rendered a page to the page. */
export interface DehydratedCache {
  readonly entries: readonly DehydratedEntry[];
}

/** One answer of a `DehydratedCache`. */
export interface DehydratedEntry {
  readonly key: string;
  readonly name: string;
  readonly value: unknown;
  /** Milliseconds since the server said it. */
  readonly age: number;
  readonly maxAge: number;
  readonly staleWhileRevalidate: number;
  readonly tags: readonly string[];
}

/** Milliseconds for which what came with the page counts as fresh. */
const hydrationGrace = 10_000;

const defaults = { maxEntries: 1_000, maxSizeBytes: 10_000_000, defaultMaxAge: 0, gcTime: 300_000 };

/** Results of calls in the page, bounded in number and bytes; the least recently used leave first. */
export class HttpCacheManager implements Disposable {
  readonly defaultMaxAge: number;
  readonly #maxEntries: number;
  readonly #maxSize: number;
  readonly #gcTime: number;
  readonly #debug: boolean;
  readonly #clock: Clock;
  /** Least recently used first. */
  readonly #entries = new Map<string, CacheEntry>();
  #last: CacheEntry | undefined;
  #filled = 0;
  #size = 0;
  #hits = 0;
  #misses = 0;
  #events = 1;
  #sweep: unknown;
  #sweepAt = Number.POSITIVE_INFINITY;
  #closed = false;

  constructor(options: CacheManagerOptions = {}) {
    const { maxEntries, maxSizeBytes, defaultMaxAge, gcTime } = { ...defaults, ...options };
    for (const [name, value] of Object.entries({ maxEntries, maxSizeBytes, defaultMaxAge, gcTime })) {
      if (typeof value !== 'number' || !(value >= 0)) throw new TypeError(`${name} is a number from 0, not ${String(value)}`);
    }
    this.defaultMaxAge = defaultMaxAge;
    this.#maxEntries = maxEntries;
    this.#maxSize = maxSizeBytes;
    this.#gcTime = gcTime;
    this.#debug = options.debug === true;
    this.#clock = options.clock ?? systemClock;
  }

  /** The fresh value of a key; `undefined` when there is none. */
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

  /** Keeps a value. */
  set(key: string, value: unknown, options: CacheOptions = {}): void {
    const entry = this.open(key, key, options);
    this.use(entry);
    this.store(entry, this.tick(), { value, tags: [] }, options);
  }

  /**
   * Says that entries are out of date: they are fetched anew when next read, those on display at once. An answer that was
   * asked for before this moment does not count as fresh.
   *
   * @param pattern a tag, a service, `service.method`, a text with `*`, a list of those, or a RegExp
   * @returns how many entries
   */
  invalidate(pattern: InvalidationPattern): number {
    const matches = matcher(pattern);
    const found = [...this.#entries.values()].filter(matches);
    const now = this.tick();
    for (const entry of found) this.#invalidate(entry, now);
    if (found.length > 0) this.#log('invalidated', String(pattern));
    return found.length;
  }

  getStats(): CacheStats {
    const hits = this.#hits;
    const misses = this.#misses;
    const hitRate = hits + misses === 0 ? 0 : hits / (hits + misses);
    return { hitRate, hits, misses, entries: this.#filled, sizeBytes: this.#size };
  }

  /** Forgets all values. What is on display is fetched anew. */
  clear(): void {
    const now = this.tick();
    for (const entry of [...this.#entries.values()]) {
      entry.layers.length = 0;
      this.#empty(entry);
      this.#invalidate(entry, now);
      if (entry.observers.size === 0) this.#entries.delete(entry.key);
    }
    this.#last = undefined;
  }

  /** All values with their age and terms, as data that rich JSON can carry. */
  dehydrate(): DehydratedCache {
    const now = this.now;
    const entries = [...this.#entries.values()].flatMap(({ key, name, base, tags, invalidated }): DehydratedEntry[] => {
      if (base === undefined || invalidated > 0) return [];
      const { value, updated, maxAge, staleWhileRevalidate } = base;
      return [{ key, name, value, age: now - updated, maxAge, staleWhileRevalidate, tags: [...tags] }];
    });
    return { entries };
  }

  /**
   * Takes over what `dehydrate` gave, except where there is something newer already. It counts as fresh for ten seconds, so
   * that a page that was rendered with it asks for nothing while it comes to life.
   */
  hydrate({ entries }: DehydratedCache): void {
    for (const { key, name, value, age, maxAge, staleWhileRevalidate, tags } of entries) {
      const updated = this.now - age;
      const entry = this.open(key, name, {});
      if (entry.base !== undefined && entry.base.updated >= updated) continue;
      this.store(entry, this.tick(), { value, tags }, { maxAge, staleWhileRevalidate }, updated);
      entry.granted = this.now + hydrationGrace;
    }
  }

  /** Forgets everything and ends its timer. */
  close(): void {
    this.#closed = true;
    if (this.#sweep !== undefined) this.#clock.clearTimeout(this.#sweep);
    this.#sweep = undefined;
    this.#entries.clear();
    this.#last = undefined;
    this.#size = 0;
    this.#filled = 0;
  }

  /** Same as `close()`: a container that has made the cache ends it. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal The monotonic time. */
  get now(): number {
    return this.#clock.now();
  }

  /** @internal The next number in the count of events, by which requests and invalidations are put in order. */
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

  /** @internal The entry of a key, made when there is none. */
  open(key: string, name: string, { gcTime = this.#gcTime }: CacheOptions): CacheEntry {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = new CacheEntry(key, name, gcTime, this.now);
      if (!this.#closed) this.#entries.set(key, entry);
      this.#last = entry;
      this.#arm(entry.gcTime);
    } else entry.gcTime = Math.max(entry.gcTime, gcTime);
    return entry;
  }

  /** @internal Notes that an entry was used just now. */
  use(entry: CacheEntry, now = this.now): void {
    entry.used = now;
    if (this.#last === entry) return;
    this.#last = entry;
    if (!this.#entries.delete(entry.key)) return;
    this.#entries.set(entry.key, entry);
  }

  /** @internal */
  count(hit: boolean, key: string): void {
    if (hit) this.#hits += 1;
    else this.#misses += 1;
    if (this.#debug) this.#log(hit ? 'hit' : 'miss', key);
  }

  /**
   * @internal Puts an answer under the layers of its entry.
   *
   * @param asked the moment it was asked for: what was invalidated since then stays out of date, and changes that were
   *   confirmed before it are part of it
   */
  store(
    entry: CacheEntry,
    asked: number,
    answer: {
      readonly value: unknown;
      readonly tags: readonly string[];
      readonly size?: number;
      readonly etag?: string | undefined;
      readonly live?: LiveFacts | undefined;
    },
    options: CacheOptions,
    updated = this.now,
  ): void {
    if (asked < entry.asked) return;
    entry.asked = asked;
    const { maxAge = this.defaultMaxAge, staleWhileRevalidate = 0 } = options;
    const value = share(entry.base?.value, answer.value);
    const size = answer.size ?? weigh(value);
    this.#empty(entry);
    entry.tags = new Set([...(options.tags ?? []), ...answer.tags]);
    entry.live = answer.live;
    entry.error = undefined;
    if (entry.invalidated <= asked) entry.invalidated = 0;
    entry.layers.splice(
      0,
      entry.layers.length,
      ...entry.layers.filter(({ settled }) => settled === undefined || settled > asked),
    );
    entry.base = { value, size, updated, maxAge, staleWhileRevalidate, etag: answer.etag };
    this.#size += size;
    this.#filled += 1;
    entry.refold();
    if (!this.#closed && !this.#entries.has(entry.key)) this.#entries.set(entry.key, entry);
    entry.notify();
    // What would take all the room for itself is shown and not kept.
    if (size > this.#maxSize) this.#evict(entry);
    else this.#shrink();
  }

  /** @internal Notes that the server has nothing newer. */
  confirm(entry: CacheEntry, asked: number, live?: LiveFacts): void {
    const { base } = entry;
    if (base === undefined || asked < entry.asked) return;
    entry.asked = asked;
    entry.base = { ...base, updated: this.now };
    entry.live = live ?? entry.live;
    entry.error = undefined;
    if (entry.invalidated <= asked) entry.invalidated = 0;
    entry.layers.splice(
      0,
      entry.layers.length,
      ...entry.layers.filter(({ settled }) => settled === undefined || settled > asked),
    );
    entry.refold();
    entry.notify();
  }

  /** @internal Shows a change before it is confirmed. */
  push(entry: CacheEntry, layer: Layer): void {
    entry.push(layer);
    entry.notify();
  }

  /** @internal Takes a change away that has failed. */
  retract(entry: CacheEntry, layer: Layer): void {
    entry.remove(layer);
    if (!entry.filled && entry.observers.size === 0 && entry.flight === undefined) this.#entries.delete(entry.key);
    entry.notify();
  }

  /** @internal */
  fly(entry: CacheEntry, flight: Flight<unknown> | undefined): void {
    entry.flight = flight;
    entry.notify();
  }

  /** @internal Says that single entries are out of date. */
  outdate(entries: readonly CacheEntry[]): void {
    const now = this.tick();
    for (const entry of entries) this.#invalidate(entry, now);
  }

  #invalidate(entry: CacheEntry, now: number): void {
    entry.invalidated = now;
    if (entry.observers.size === 0) return;
    entry.notify();
    for (const observer of [...entry.observers]) observer.outdated();
  }

  /** Entries on display keep their place but lose their value, which who displays them still has. */
  #shrink(): void {
    if (this.#size <= this.#maxSize && this.#filled <= this.#maxEntries) return;
    for (const observed of [false, true]) {
      for (const entry of this.#entries.values()) {
        if (this.#size <= this.#maxSize && this.#filled <= this.#maxEntries) return;
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
    if (entry.base === undefined) return;
    this.#size -= entry.base.size;
    this.#filled -= 1;
    entry.base = undefined;
    entry.refold();
  }

  /** One timer for all entries, while there are any. */
  #arm(gcTime: number): void {
    const at = this.now + Math.max(gcTime, 1_000);
    if (this.#closed || at >= this.#sweepAt) return;
    if (this.#sweep !== undefined) this.#clock.clearTimeout(this.#sweep);
    this.#sweepAt = at;
    this.#sweep = this.#clock.setTimeout(() => this.#collect(), at - this.now, true);
  }

  #collect(): void {
    this.#sweep = undefined;
    this.#sweepAt = Number.POSITIVE_INFINITY;
    const now = this.now;
    let next = Number.POSITIVE_INFINITY;
    for (const entry of [...this.#entries.values()]) {
      const left = entry.used + entry.gcTime - now;
      if (
        left > 0 ||
        entry.observers.size > 0 ||
        entry.flight !== undefined ||
        entry.layers.some(({ settled }) => settled === undefined)
      ) {
        next = Math.min(next, Math.max(left, 1_000));
        continue;
      }
      this.#log('collected', entry.key);
      entry.layers.length = 0;
      this.#empty(entry);
      this.#entries.delete(entry.key);
    }
    this.#arm(next);
  }

  #log(what: string, key: string): void {
    if (this.#debug) console.debug(`cache: ${what} ${key}`);
  }
}
