/** Answers by key: bounded by number and bytes, the least recently used leave first. */
import { type Clock, systemClock } from '@omnitron-dev/netron/http/client';
import type { Flight } from '../util/flight.js';
import { given } from '../util/given.js';
import { type Answer, CacheEntry, type Layer } from './entry.js';
import { type CacheManagerOptions, type CacheOptions, type CacheStats, readCacheOptions } from './options.js';
import { type InvalidationPattern, matcher } from './patterns.js';
import { Reads } from './reads.js';
import { share } from './share.js';
import { Sweep } from './sweep.js';
import { weigh } from './weigh.js';

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
  readonly #reads = new Reads();
  #events = 1;
  readonly #sweep: Sweep;
  #closed = false;

  constructor(options: CacheManagerOptions = {}) {
    const read = given('HttpCacheManager', options, { ...defaults, debug: true, clock: true });
    const { maxEntries, maxSizeBytes, defaultMaxAge, gcTime } = { ...defaults, ...read };
    for (const [name, value] of Object.entries({ maxEntries, maxSizeBytes, defaultMaxAge, gcTime })) {
      if (typeof value !== 'number' || !(value >= 0)) throw new TypeError(`${name} is a number from 0, not ${String(value)}`);
    }
    this.defaultMaxAge = defaultMaxAge;
    this.#maxEntries = maxEntries;
    this.#maxSize = maxSizeBytes;
    this.#gcTime = gcTime;
    this.#debug = read.debug === true;
    this.#clock = read.clock ?? systemClock;
    this.#sweep = new Sweep(this.#clock, () => this.#collect());
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

  /**
   * Keeps a value.
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
   * Says that entries are out of date: they are fetched anew when next read, those on display at once. An answer that was
   * asked for before this moment does not count as fresh.
   *
   * @param pattern a tag, a service, `service.method`, a text with `*`, a list of those, or a RegExp
   * @returns how many entries
   */
  invalidate(pattern: InvalidationPattern): number {
    const found = this.list(matcher(pattern));
    const now = this.tick();
    for (const entry of found) this.#invalidate(entry, now);
    if (found.length > 0) this.#log('invalidated', String(pattern));
    return found.length;
  }

  getStats(): CacheStats {
    return { ...this.#reads.stats, entries: this.#filled, sizeBytes: this.#size };
  }

  /** Forgets all values. What is on display is fetched anew. */
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

  /** Forgets everything and ends its timer. */
  close(): void {
    this.#closed = true;
    this.#sweep.close();
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
      this.#sweep.within(entry.gcTime);
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
    this.#reads.count(hit);
    if (this.#debug) this.#log(hit ? 'hit' : 'miss', key);
  }

  /**
   * @internal Puts an answer under the layers of its entry.
   *
   * @param asked the moment it was asked for: what was invalidated since then stays out of date, and changes that were
   *   confirmed before it are part of it
   */
  store(entry: CacheEntry, asked: number, answer: Answer, options: CacheOptions, updated = this.now): void {
    if (asked < entry.asked) return;
    entry.asked = asked;
    const { maxAge = this.defaultMaxAge, staleWhileRevalidate = 0 } = options;
    const value = share(entry.base?.value, answer.value);
    const size = answer.size ?? weigh(value);
    this.#discount(entry);
    entry.tags = new Set([...(options.tags ?? []), ...answer.tags]);
    entry.live = answer.live;
    entry.answered(asked);
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

  /** @internal Says that single entries are out of date, and those that fit a pattern; each once. */
  outdate(entries: readonly CacheEntry[], pattern: InvalidationPattern = []): void {
    const now = this.tick();
    for (const entry of new Set([...entries, ...this.list(matcher(pattern))])) this.#invalidate(entry, now);
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
    this.#discount(entry);
    entry.base = undefined;
    entry.refold();
  }

  #discount({ base }: CacheEntry): void {
    if (base === undefined) return;
    this.#size -= base.size;
    this.#filled -= 1;
  }

  /** Drops entries that nobody has used for their time. @returns milliseconds until the next may be dropped */
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
