/** Writes caches into a server-rendered page. Loaded only on the server. */
import {
  type DehydratedCache,
  type DehydratedEntry,
  dehydrate,
  type HttpCacheManager,
  type HttpRemotePeer,
  writeJson,
} from '@omnitron-dev/netron-browser';
import { dev } from '#dev';

/** Caches by the name of their backend; the shared one under `''`. */
export type HandedCaches = Readonly<Record<string, DehydratedCache>>;

/**
 * Returns a text that `NetronClient.takeCache` reads; `undefined` if nothing was read. A value that cannot be written, such
 * as one with errors in it, is left out: the page fetches it itself.
 *
 * @param peers the peers of the backends, by name
 * @param shared the cache of those that have none of their own
 */
export function writeCaches(peers: ReadonlyMap<string, HttpRemotePeer>, shared: HttpCacheManager): string | undefined {
  const readers = new Map<string, HttpRemotePeer[]>();
  for (const [name, peer] of peers) {
    const place = peer.cache === shared ? '' : name;
    readers.set(place, [...(readers.get(place) ?? []), peer]);
  }
  const states: Record<string, DehydratedCache> = {};
  for (const [name, peers] of readers) {
    const [peer] = peers as [HttpRemotePeer];
    // A cache of the program may contain data of other users.
    const state = dehydrate(peer.cache, peers);
    if (state.entries.length > 0) states[name] = state;
  }
  if (Object.keys(states).length === 0) return undefined;
  return written(states) ?? written(onlyWritable(states));
}

function written(value: object): string | undefined {
  try {
    return writeJson(value, { rich: true }, 'cache');
  } catch {
    return undefined;
  }
}

function onlyWritable(states: HandedCaches): HandedCaches {
  const kept = Object.entries(states).map(([name, { entries }]) => [
    name,
    { entries: entries.filter((entry) => isWritable(name, entry)) },
  ]);
  return Object.fromEntries(kept) as HandedCaches;
}

function isWritable(cache: string, entry: DehydratedEntry): boolean {
  try {
    // Nested as deeply as among the others: depth has a limit.
    writeJson({ [cache]: { entries: [entry] } }, { rich: true });
    return true;
  } catch (error) {
    if (dev) dev.notEmbedded(`query '${entry.name}'`, (error as Error).message.replace(/^value.*?entries\[0\]\./, ''));
    return false;
  }
}
