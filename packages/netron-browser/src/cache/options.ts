import type { Clock } from '@omnitron-dev/netron/http/client';
import { checkedOptions } from '../util/checked-options.js';
import { milliseconds } from '../util/limit.js';

/** Options for caching one answer. All times are in milliseconds. */
export interface CacheOptions {
  /** How long the answer is fresh. Default: `defaultMaxAge` of the manager. */
  readonly maxAge?: number;
  /** How long after `maxAge` the stale answer is still returned at once while a new one is fetched. Default 0. */
  readonly staleWhileRevalidate?: number;
  /** How long the answer is kept after its last use. Default: `gcTime` of the manager. */
  readonly gcTime?: number;
  /** Tags by which the answer can be invalidated. */
  readonly tags?: readonly string[];
  /** Whether an old answer is returned when the network or the server fails. Default `false`. */
  readonly cacheOnError?: boolean;
  /** Replaces the arguments in the key. */
  readonly key?: string;
}

const names: Record<keyof CacheOptions, true> = {
  maxAge: true,
  staleWhileRevalidate: true,
  gcTime: true,
  tags: true,
  cacheOnError: true,
  key: true,
};

/** @throws TypeError that names the option that is wrong or unknown */
export function readCacheOptions(options: CacheOptions): CacheOptions {
  const read = checkedOptions('cache', options, names);
  for (const name of ['maxAge', 'staleWhileRevalidate', 'gcTime'] as const) {
    if (read[name] !== undefined) milliseconds(read[name], `cache: ${name}`);
  }
  return read;
}

/** Options of `HttpCacheManager`. */
export interface CacheManagerOptions {
  /** Most entries. Default 1,000. */
  readonly maxEntries?: number;
  /** Most bytes. Default 10,000,000. An answer larger than this is not kept. */
  readonly maxSizeBytes?: number;
  /** Milliseconds for which an answer is fresh unless its own options differ. Default 0. */
  readonly defaultMaxAge?: number;
  /** Milliseconds for which an answer is kept after its last use. Default 300,000. */
  readonly gcTime?: number;
  /** Logs hits, misses and evictions to the console. Keys contain arguments: do not use it in production. Default `false`. */
  readonly debug?: boolean;
  /** Default: the clock of the platform. */
  readonly clock?: Clock;
}

/** Statistics since the manager was created. */
export interface CacheStats {
  /** Fraction of reads answered from the cache, 0 to 1. */
  readonly hitRate: number;
  readonly hits: number;
  readonly misses: number;
  readonly entries: number;
  readonly sizeBytes: number;
}
