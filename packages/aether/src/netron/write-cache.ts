/** Writes a cache for the page that a server renders. Loaded on the server alone: pages never write one. */
import { dehydrate, type HttpCacheManager, writeJson } from '@omnitron-dev/netron-browser';

/** Returns a text that `NetronClient.takeCache` reads; `undefined` when there is nothing in the cache. */
export function writeCache(cache: HttpCacheManager): string | undefined {
  const state = dehydrate(cache);
  return state.entries.length === 0 ? undefined : writeJson(state, { rich: true }, 'cache');
}
