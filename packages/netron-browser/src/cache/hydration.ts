/** A cache as data: what a server that has rendered a page hands to the page. */
import type { HttpCacheManager } from './cache-manager.js';

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

/** Returns all values of a cache that are not out of date, with their age and terms, as data that rich JSON can carry. */
export function dehydrate(cache: HttpCacheManager): DehydratedCache {
  const { now } = cache;
  const entries: DehydratedEntry[] = [];
  for (const { key, name, base, tags, invalidated } of cache.list(() => true)) {
    if (base === undefined || invalidated > 0) continue;
    const { value, updated, maxAge, staleWhileRevalidate } = base;
    entries.push({ key, name, value, age: now - updated, maxAge, staleWhileRevalidate, tags: [...tags] });
  }
  return { entries };
}

/** Milliseconds for which what came with the page counts as fresh. */
const grace = 10_000;

/**
 * Puts into a cache what `dehydrate` gave, except where there is something newer already. It counts as fresh for ten seconds, so
 * that a page that was rendered with it asks for nothing while it comes to life.
 */
export function hydrate(cache: HttpCacheManager, { entries }: DehydratedCache): void {
  for (const { key, name, value, age, maxAge, staleWhileRevalidate, tags } of entries) {
    const updated = cache.now - age;
    const own = cache.open(key, name, {});
    if (own.base !== undefined && own.base.updated >= updated) continue;
    cache.store(own, cache.tick(), { value, tags }, { maxAge, staleWhileRevalidate }, updated);
    own.granted = cache.now + grace;
  }
}
