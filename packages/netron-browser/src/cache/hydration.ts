/** A cache as data: what a server that has rendered a page hands to the page. */
import type { Answer, CacheEntry } from './entry.js';
import type { CacheOptions } from './options.js';

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

/** Returns what is up to date, with ages at `now` and terms. */
export function dehydrated(all: Iterable<CacheEntry>, now: number): DehydratedEntry[] {
  const entries: DehydratedEntry[] = [];
  for (const { key, name, base, tags, invalidated } of all) {
    if (base === undefined || invalidated > 0) continue;
    const { value, updated, maxAge, staleWhileRevalidate } = base;
    entries.push({ key, name, value, age: now - updated, maxAge, staleWhileRevalidate, tags: [...tags] });
  }
  return entries;
}

/** Milliseconds for which what came with the page counts as fresh. */
const grace = 10_000;

/** Members of a cache that takes entries over. */
export interface HydratedCache {
  readonly now: number;
  tick(): number;
  open(key: string, name: string, options: CacheOptions): CacheEntry;
  store(entry: CacheEntry, asked: number, answer: Answer, options: CacheOptions, updated: number): void;
}

/** Takes an entry over, unless there is a newer one. */
export function hydrate(cache: HydratedCache, entry: DehydratedEntry): void {
  const { key, name, value, age, maxAge, staleWhileRevalidate, tags } = entry;
  const updated = cache.now - age;
  const own = cache.open(key, name, {});
  if (own.base !== undefined && own.base.updated >= updated) return;
  cache.store(own, cache.tick(), { value, tags }, { maxAge, staleWhileRevalidate }, updated);
  own.granted = cache.now + grace;
}
