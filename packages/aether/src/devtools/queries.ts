import type { HttpCacheManager } from '@omnitron-dev/netron-browser';
import { errorText, preview } from './preview.js';
import type { QueryCondition, QueryInfo } from './snapshot.js';

/** The displayed part of a cache entry, which is internal there, and not in its declarations. */
interface Entry {
  readonly key: string;
  readonly name: string;
  readonly tags: ReadonlySet<string>;
  readonly base: { readonly size: number; readonly updated: number } | undefined;
  readonly layers: readonly unknown[];
  readonly observers: ReadonlySet<{ outdated(): void }>;
  readonly flight: unknown;
  readonly error: unknown;
  readonly value: unknown;
  fresh(now: number): boolean;
}

interface OpenCache {
  readonly now: number;
  list(matches: (entry: Entry) => boolean): Entry[];
}

const open = (cache: HttpCacheManager): OpenCache => cache as unknown as OpenCache;

/** Returns the entries of a cache. */
export function queriesOf(cache: HttpCacheManager, values: boolean): QueryInfo[] {
  const { now } = open(cache);
  return open(cache)
    .list(() => true)
    .map((entry) => ({
      key: entry.key,
      name: entry.name,
      condition: conditionOf(entry, now),
      age: entry.base && now - entry.base.updated,
      tags: [...entry.tags],
      observers: entry.observers.size,
      bytes: entry.base?.size ?? 0,
      error: entry.error === undefined ? undefined : errorText(entry.error),
      value: values ? preview(entry.value) : undefined,
    }));
}

function conditionOf(entry: Entry, now: number): QueryCondition {
  if (entry.flight !== undefined) return 'fetching';
  if (entry.layers.length > 0) return 'optimistic';
  if (entry.error !== undefined) return 'failed';
  if (entry.base === undefined) return 'empty';
  return entry.fresh(now) ? 'fresh' : 'stale';
}

/** Refetches a cached read if it is on display; otherwise marks it as stale. */
export function refetch(cache: HttpCacheManager, key: string): void {
  const [entry] = open(cache).list((each) => each.key === key);
  if (entry === undefined) return;
  if (entry.observers.size === 0) cache.invalidate(entry.name);
  else for (const observer of [...entry.observers]) observer.outdated();
}
