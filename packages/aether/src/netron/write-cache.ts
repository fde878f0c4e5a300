/** Writes a cache for the page that a server renders. Loaded on the server alone: pages never write one. */
import { type DehydratedCache, writeJson } from '@omnitron-dev/netron-browser';

/** Returns a text that `NetronClient.takeCache` reads. */
export function writeCache(cache: DehydratedCache): string {
  return writeJson(cache, { rich: true }, 'cache');
}
