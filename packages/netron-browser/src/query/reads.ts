/** Reads through the cache: one request per key, however many callers wait; stale answers while new ones are fetched. */
import { NetronError } from '@omnitron-dev/netron/http/client';
import type { HttpCacheManager } from '../cache/cache-manager.js';
import type { Answer, CacheEntry } from '../cache/entry.js';
import type { CacheOptions } from '../cache/options.js';
import { isOtherUser } from '../request/principal.js';
import { Flight } from '../util/flight.js';

/** A new answer from the server. */
export interface FetchedAnswer extends Answer {
  /** Milliseconds for which the server declares the answer fresh. */
  readonly maxAge?: number | undefined;
  /** The cached answer is still valid (not modified); `value` is empty. */
  readonly unchanged?: boolean;
}

/** The read of one value: its key, its cache options, and its request. */
export interface ReadPlan {
  readonly key: string;
  /** `service.method` */
  readonly name: string;
  readonly options: CacheOptions;
  /**
   * Asks the server.
   *
   * @param etag of the cached answer
   */
  fetch(signal: AbortSignal, etag: string | undefined): Promise<FetchedAnswer>;
}

/** Time limit and signal of one caller, independent of others that wait for the same value. */
export interface CallLimit {
  start(): AbortSignal | undefined;
  end(): void;
}

export class Reads {
  readonly cache: HttpCacheManager;
  /** Called for entries with a new answer, and for those that are shown or no longer shown. */
  readonly changed: (entry: CacheEntry) => void;
  /** Entries that were read here. Others may use the same cache for other users. */
  readonly #read = new WeakSet<CacheEntry>();

  constructor(cache: HttpCacheManager, changed: (entry: CacheEntry) => void = () => {}) {
    this.cache = cache;
    this.changed = changed;
  }

  /** Returns the entry of a plan and marks it as read here. */
  open({ key, name, options }: ReadPlan): CacheEntry {
    const entry = this.cache.open(key, name, options);
    this.#read.add(entry);
    return entry;
  }

  /** Whether the entry that the cache holds for a key was read here. */
  has(key: string): boolean {
    const entry = this.cache.find(key);
    return entry !== undefined && this.#read.has(entry);
  }

  /**
   * Returns the cached entry of a plan when its options allow its value, which is fetched again in the background if it is stale.
   *
   * @param onHit receives whether there is one
   * @returns `undefined` when the value must be fetched
   */
  hit(plan: ReadPlan, onHit?: (hit: boolean) => void): CacheEntry | undefined {
    const { cache } = this;
    const { key, options } = plan;
    const entry = cache.find(key);
    if (entry !== undefined && entry.base !== undefined) {
      const { now } = cache;
      const fresh = entry.fresh(now, options);
      if (fresh || entry.presentable(now, options)) {
        cache.count(true, key);
        cache.use(entry, now);
        this.#read.add(entry);
        entry.gcTime = Math.max(entry.gcTime, options.gcTime ?? 0);
        onHit?.(true);
        if (!fresh) this.#refresh(entry, plan);
        return entry;
      }
    }
    cache.count(false, key);
    onHit?.(false);
    cache.use(this.open(plan));
    return undefined;
  }

  /** Asks the server, or joins a request in flight. */
  async fetch(plan: ReadPlan, limit?: CallLimit): Promise<unknown> {
    const entry = this.open(plan);
    // A request that started before the last invalidation cannot return a fresh value.
    const flight = entry.joinable ? (entry.flight as Flight<unknown>) : this.#start(entry, plan);
    try {
      const value = await flight.join(limit?.start());
      return entry.hasValue ? entry.value : value;
    } catch (error) {
      if (plan.options.cacheOnError === true && entry.base !== undefined && isOutage(error)) return entry.value;
      throw error;
    } finally {
      limit?.end();
    }
  }

  /** Fetches in the background after a stale value was returned. A failure is kept in the entry. */
  #refresh(entry: CacheEntry, plan: ReadPlan): void {
    if (entry.flight !== undefined) return;
    this.#start(entry, plan)
      .join()
      .catch(() => {});
  }

  #start(entry: CacheEntry, plan: ReadPlan): Flight<unknown> {
    const { cache } = this;
    const started = cache.tick();
    const flight = new Flight<unknown>(started, async (signal) => {
      // The answer that "not modified" refers to. The entry may hold another one, or none, when the response arrives.
      const { base, tags, live } = entry;
      try {
        const said = await plan.fetch(signal, base?.etag);
        if (entry.flight === flight) entry.flight = undefined;
        const same = said.unchanged === true && base !== undefined;
        const answer = same ? { ...said, ...base, tags: [...tags, ...said.tags], live: said.live ?? live } : said;
        const maxAge = plan.options.maxAge ?? said.maxAge;
        cache.store(entry, started, answer, { ...plan.options, ...(maxAge !== undefined && { maxAge }) });
        this.changed(entry);
        if (entry.invalidated > 0) for (const observer of [...entry.observers]) observer.outdated();
        return answer.value;
      } catch (error) {
        if (entry.flight === flight) {
          entry.flight = undefined;
          entry.unmatched.length = 0;
        }
        if (!flight.aborted && !isOtherUser(error)) entry.error = error;
        entry.notify();
        throw error;
      }
    });
    cache.setFlight(entry, flight);
    // A caller that comes after the last one has left starts a new request.
    flight.whenAborted(() => {
      if (entry.flight === flight) cache.setFlight(entry, undefined);
    });
    return flight;
  }
}

/** Whether the network or the server failed, rather than the call. */
function isOutage(error: unknown): boolean {
  return (
    !(error instanceof NetronError) ||
    ['unavailable', 'deadline_exceeded', 'unknown_outcome', 'resource_exhausted', 'internal', 'unknown'].includes(error.code)
  );
}
