/** A cache as data: what a server that has rendered a page hands to the page. */
import { plainTag, tagsIn } from '../util/sealed-tags.js';
import type { HttpCacheManager } from './cache-manager.js';
import { type HandedError, handError, takeError } from './handed-error.js';

/** A cache as plain data, to be handed from the server that rendered a page to the page. */
export interface DehydratedCache {
  readonly entries: readonly DehydratedEntry[];
}

/** One answer of a `DehydratedCache`, or a failure. */
export interface DehydratedEntry {
  readonly key: string;
  readonly name: string;
  /** Not there when there is a failure alone. */
  readonly value?: unknown;
  /** Milliseconds since the server said it. */
  readonly age: number;
  readonly maxAge: number;
  readonly staleWhileRevalidate: number;
  /** As the server has given them out: with their seals, by which the page listens to them. */
  readonly tags: readonly string[];
  /** Position in the server's log up to which the value contains everything. */
  readonly cursor?: string;
  /** By which the page asks whether the value is still right. */
  readonly etag?: string;
  /** Failure of the last request. */
  readonly error?: HandedError;
}

/** Peer that reads a cache. */
export interface CacheReader {
  /** Whether it has read what the cache holds by a key. */
  hasRead(key: string): boolean;
}

/**
 * Returns all values of a cache that are not out of date, with their age, their terms and how to hear of changes to them, and the
 * failures of what could not be read, as data that rich JSON can carry.
 *
 * @param readers peers: what none of them has read stays here. Name them where the cache serves other users, too, or other pages
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

/** Milliseconds for which what came with the page counts as fresh. */
const grace = 10_000;

/**
 * Puts into a cache what `dehydrate` gave, except where there is something newer already; a failure alone where there is no value. It counts as fresh for ten seconds, so
 * that a page that was rendered with it asks for nothing while it comes to life; what has failed is shown as such, and not asked
 * for again either. What is shown of it is listened to like an answer of the page's own: changes since it was rendered are heard
 * of, too.
 */
export function hydrate(cache: HttpCacheManager, { entries }: DehydratedCache): void {
  for (const handed of entries) {
    const { key, name, value, age, maxAge, staleWhileRevalidate, tags, cursor, etag, error } = handed;
    const updated = cache.now - age;
    const own = cache.open(key, name, {});
    // A failure alone says nothing of a value that the page has.
    if (own.base !== undefined && (!('value' in handed) || own.base.updated >= updated)) continue;
    // It was asked for before whatever this page does.
    if ('value' in handed) {
      cache.store(own, own.asked, { value, etag, ...tagsIn(tags, cursor) }, { maxAge, staleWhileRevalidate }, updated);
    }
    own.granted = cache.now + grace;
    if (error === undefined) continue;
    own.error = takeError(error);
    own.notify();
  }
}
