import type { CacheStats } from './options.js';

/** Counts the reads of a cache and those it answered. */
export class Reads {
  #hits = 0;
  #misses = 0;

  count(hit: boolean): void {
    if (hit) this.#hits += 1;
    else this.#misses += 1;
  }

  get stats(): Pick<CacheStats, 'hitRate' | 'hits' | 'misses'> {
    const hits = this.#hits;
    const misses = this.#misses;
    return { hitRate: hits + misses === 0 ? 0 : hits / (hits + misses), hits, misses };
  }
}
