import type { Clock } from '@omnitron-dev/netron/http/client';
import { given } from '../util/given.js';
import { milliseconds } from '../util/limit.js';

/** Terms under which one answer is cached. All times in milliseconds. */
export interface CacheOptions {
  /** How long it counts as fresh. Default: the manager's `defaultMaxAge`. */
  readonly maxAge?: number;
  /** How long after that it is still given at once, while a new one is fetched. Default 0. */
  readonly staleWhileRevalidate?: number;
  /** How long it is kept after its last use. Default: the manager's. */
  readonly gcTime?: number;
  /** Names by which it can be said to be out of date. */
  readonly tags?: readonly string[];
  /** Whether an old answer is given when a new one cannot be had: the network or the server fails. Default `false`. */
  readonly cacheOnError?: boolean;
  /** Instead of the arguments in the key. */
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

/** @throws TypeError that says which option is wrong or unknown */
export function readCacheOptions(options: CacheOptions): CacheOptions {
  const read = given('cache', options, names);
  for (const name of ['maxAge', 'staleWhileRevalidate', 'gcTime'] as const) {
    if (read[name] !== undefined) milliseconds(read[name], `cache option ${name}`);
  }
  return read;
}

/** Options of the manager. */
export interface CacheManagerOptions {
  /** Default 1,000. */
  readonly maxEntries?: number;
  /** Default 10,000,000. A hard limit: an answer that is larger is not kept. */
  readonly maxSizeBytes?: number;
  /** Milliseconds for which an answer counts as fresh when nothing else is said. Default 0. */
  readonly defaultMaxAge?: number;
  /** Milliseconds for which an answer is kept after its last use. Default 300,000. */
  readonly gcTime?: number;
  /** Writes hits, misses and what leaves to the console. Keys hold arguments: not for production. Default `false`. */
  readonly debug?: boolean;
  /** Default: the platform's. */
  readonly clock?: Clock;
}

/** Figures since the manager was made. */
export interface CacheStats {
  /** Share of reads that were answered from the cache, 0 to 1. */
  readonly hitRate: number;
  readonly hits: number;
  readonly misses: number;
  readonly entries: number;
  readonly sizeBytes: number;
}
