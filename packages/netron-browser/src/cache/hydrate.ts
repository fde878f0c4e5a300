/** Takes over the cache of the server that has rendered the page. `dehydrate` writes it. */
import { isCode, NetronError } from '@omnitron-dev/netron/http/client';
import { tagsIn } from '../util/sealed-tags.js';
import type { HttpCacheManager } from './cache-manager.js';

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

/** A failure as plain data, without stack and cause. */
export interface HandedError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly details?: Record<string, unknown>;
  readonly retryAfterMs?: number;
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
      cache.store(own, own.requested, { value, etag, ...tagsIn(tags, cursor) }, { maxAge, staleWhileRevalidate }, updated);
    }
    own.graceUntil = cache.now + grace;
    if (error === undefined) continue;
    own.error = takeError(error);
    own.notify();
  }
}

/** Recreates the error: a `NetronError` when its code is one of Netron's, whatever its class was; otherwise an `Error` with its code. */
function takeError({ name, message, code, ...options }: HandedError): Error {
  const error = isCode(code) ? new NetronError(code, message, options) : Object.assign(new Error(message), { code, ...options });
  if (error.name !== name) Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true });
  return error;
}
