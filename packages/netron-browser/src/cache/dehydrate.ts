import { plainTag } from '../util/sealed-tags.js';
import type { HttpCacheManager } from './cache-manager.js';
import type { DehydratedCache, DehydratedEntry, HandedError } from './hydrate.js';

/** A peer that reads a cache. */
export interface CacheReader {
  /** Whether this peer has read the entry that the cache holds for a key. */
  hasRead(key: string): boolean;
}

/**
 * Returns the values of a cache that are not stale, with their age, terms and live tags, and the failures of reads, as data
 * that rich JSON can carry.
 *
 * @param readers includes only entries that one of these peers has read. Pass them when the cache also serves other users or other pages
 */
export function dehydrate(cache: HttpCacheManager, readers?: readonly CacheReader[]): DehydratedCache {
  const { now } = cache;
  const entries: DehydratedEntry[] = [];
  for (const { key, name, base, tags, live, error, invalidated } of cache.list(() => true)) {
    if (readers?.some((reader) => reader.hasRead(key)) === false) continue;
    if (invalidated > 0 || (base === undefined && error === undefined)) continue;
    const { sealed = [], cursor } = live ?? {};
    const given = new Set(sealed.map(plainTag));
    const { updated = now, maxAge = 0, staleWhileRevalidate = 0, etag } = base ?? {};
    entries.push({
      ...{ key, name, ...(base !== undefined && { value: base.value }) },
      ...{ age: now - updated, maxAge, staleWhileRevalidate },
      tags: [...sealed, ...[...tags].filter((tag) => !given.has(tag))],
      ...(cursor !== undefined && { cursor }),
      ...(etag !== undefined && { etag }),
      ...(error !== undefined && { error: handError(error) }),
    });
  }
  return { entries };
}

/** Returns the part of a failure that a page may see. */
function handError(error: unknown): HandedError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, code, details, retryAfterMs } = error as Error & Partial<Record<keyof HandedError, unknown>>;
  return {
    ...{ name, message },
    ...(typeof code === 'string' && { code }),
    ...(typeof details === 'object' && details !== null && { details: details as Record<string, unknown> }),
    ...(typeof retryAfterMs === 'number' && { retryAfterMs }),
  };
}
