/** The cache as data that a server hands to the page that it has rendered. */
import { plainTag, tagsIn } from '../util/sealed-tags.js';
import type { HttpCacheManager } from './cache-manager.js';
import { type HandedError, handError, takeError } from './handed-error.js';

/** A cache as plain data, handed to a page by the server that rendered it. */
export interface DehydratedCache {
  readonly entries: readonly DehydratedEntry[];
}

/** One answer or one failure of a `DehydratedCache`. */
export interface DehydratedEntry {
  readonly key: string;
  readonly name: string;
  /** Absent for a failure without a value. */
  readonly value?: unknown;
  /** Milliseconds since the answer arrived. */
  readonly age: number;
  readonly maxAge: number;
  readonly staleWhileRevalidate: number;
  /** Tags as the server sent them, with the seals that the page needs to subscribe to them. */
  readonly tags: readonly string[];
  /** Position in the server's log; the value includes every change up to it. */
  readonly cursor?: string;
  /** Identifies the value when the page revalidates it. */
  readonly etag?: string;
  /** Failure of the last request. */
  readonly error?: HandedError;
}

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

/** Milliseconds for which entries that came with the page count as fresh. */
const grace = 10_000;

/**
 * Adds the data from `dehydrate` to a cache. An entry is skipped when the cache has a newer value; a failure is skipped when
 * the cache has any value. The entries count as fresh for ten seconds, so that a page makes no requests while it hydrates; a
 * failure is shown and not retried in that time. Entries on display are live like answers that the page has fetched itself:
 * the page also receives the changes since it was rendered.
 */
export function hydrate(cache: HttpCacheManager, { entries }: DehydratedCache): void {
  for (const handed of entries) {
    const { key, name, value, age, maxAge, staleWhileRevalidate, tags, cursor, etag, error } = handed;
    const updated = cache.now - age;
    const own = cache.open(key, name, {});
    // A failure does not replace a value that the page already has.
    if (own.base !== undefined && (!('value' in handed) || own.base.updated >= updated)) continue;
    // The value was requested before anything that this page has done.
    if ('value' in handed) {
      cache.store(own, own.asked, { value, etag, ...tagsIn(tags, cursor) }, { maxAge, staleWhileRevalidate }, updated);
    }
    own.granted = cache.now + grace;
    if (error === undefined) continue;
    own.error = takeError(error);
    own.notify();
  }
}
