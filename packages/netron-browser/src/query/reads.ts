/** Reads through the cache: one request per key, however many ask; old answers while new ones are on their way. */
import { NetronError } from '@omnitron-dev/netron/http/client';
import type { HttpCacheManager } from '../cache/cache-manager.js';
import type { Answer, CacheEntry } from '../cache/entry.js';
import type { CacheOptions } from '../cache/options.js';
import { isOtherUser } from '../request/principal.js';
import { Flight } from '../util/flight.js';

/** A new answer of the server. */
export interface FetchedAnswer extends Answer {
  /** Milliseconds for which the server says that it is fresh. */
  readonly maxAge?: number | undefined;
  /** The server says that what it was asked about is still right; `value` is nothing. */
  readonly unchanged?: boolean;
}

/** Read of one value: its key, its terms, and the request for it. */
export interface ReadPlan {
  readonly key: string;
  /** `service.method` */
  readonly name: string;
  readonly options: CacheOptions;
  /**
   * Asks the server.
   *
   * @param etag of the answer that is there
   */
  fetch(signal: AbortSignal, etag: string | undefined): Promise<FetchedAnswer>;
}

/** End of one caller's wait, apart from all others that wait for the same value. */
export interface CallLimit {
  start(): AbortSignal | undefined;
  end(): void;
}

export class Reads {
  readonly cache: HttpCacheManager;
  /** Told of entries with a new answer, and of those that are shown or no longer. */
  readonly changed: (entry: CacheEntry) => void;
  /** Entries that were read here: others may read the same cache, for other users. */
  readonly #read = new WeakSet<CacheEntry>();

  constructor(cache: HttpCacheManager, changed: (entry: CacheEntry) => void = () => {}) {
    this.cache = cache;
    this.changed = changed;
  }

  /** Returns the entry of a plan, which is read from here. */
  open({ key, name, options }: ReadPlan): CacheEntry {
    const entry = this.cache.open(key, name, options);
    this.#read.add(entry);
    return entry;
  }

  /** Whether what the cache holds by a key was read from here. */
  has(key: string): boolean {
    const entry = this.cache.find(key);
    return entry !== undefined && this.#read.has(entry);
  }

  /**
   * The value of a plan, from the cache where its terms allow.
   *
   * @param told hears whether it came from the cache
   */
  read(plan: ReadPlan, limit?: CallLimit, told?: (hit: boolean) => void): Promise<unknown> {
    const { cache } = this;
    const entry = cache.find(plan.key);
    if (entry !== undefined && entry.base !== undefined) {
      const { now } = cache;
      const fresh = entry.fresh(now, plan.options);
      if (fresh || entry.presentable(now, plan.options)) {
        cache.count(true, plan.key);
        cache.use(entry, now);
        this.#read.add(entry);
        told?.(true);
        if (!fresh) this.#refresh(entry, plan);
        return Promise.resolve(entry.value);
      }
    }
    cache.count(false, plan.key);
    told?.(false);
    cache.use(this.open(plan));
    return this.fetch(plan, limit);
  }

  /** Asks the server, or joins who is asking already. */
  async fetch(plan: ReadPlan, limit?: CallLimit): Promise<unknown> {
    const entry = this.open(plan);
    // A request from before the entry was said to be out of date does not tell what is so now.
    const running = entry.flight !== undefined && entry.flight.started > entry.invalidated ? entry.flight : undefined;
    const flight = running ?? this.#start(entry, plan);
    try {
      const value = await flight.join(limit?.start());
      return entry.filled ? entry.value : value;
    } catch (error) {
      if (plan.options.cacheOnError === true && entry.base !== undefined && isOutage(error)) return entry.value;
      throw error;
    } finally {
      limit?.end();
    }
  }

  /** Fetches what is given while it is out of date. Its failure is kept with the entry. */
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
      // What an "unchanged" stands for. Another answer, or none, may be there when it comes.
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
        if (entry.flight === flight) entry.flight = undefined;
        if (!flight.aborted && !isOtherUser(error)) entry.error = error;
        entry.notify();
        throw error;
      }
    });
    cache.fly(entry, flight);
    // Whoever comes after the last has left begins anew.
    flight.whenAborted(() => {
      if (entry.flight === flight) cache.fly(entry, undefined);
    });
    return flight;
  }
}

/** Failures of the network or the server, not of the call. */
function isOutage(error: unknown): boolean {
  return (
    !(error instanceof NetronError) ||
    ['unavailable', 'deadline_exceeded', 'unknown_outcome', 'resource_exhausted', 'internal', 'unknown'].includes(error.code)
  );
}
