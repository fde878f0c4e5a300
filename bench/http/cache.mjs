/** The client's cache beside query-core's, in this process. */
import { readFileSync } from 'node:fs';
import { HttpRemotePeer } from '@omnitron-dev/netron-browser';
import { QueryClient, replaceEqualDeep } from '@tanstack/query-core';
import { transformSync } from 'esbuild';

const manifest = {
  name: 'users',
  version: '1.0.0',
  fingerprint: 'f',
  members: ['find', 'list'].map((name) => ({ name, kind: 'method', annotations: { safe: true } })),
};
const type = { 'content-type': 'application/netron+json' };

/** @param {() => string} answer */
function page(answer) {
  return new HttpRemotePeer('http://a.example', {
    fetch: async (target) => (target.includes('$services') ? Response.json(manifest) : new Response(answer(), { headers: type })),
  });
}

const peer = page(() => '{"v":{"id":"7","name":"Ada"}}');
const users = /** @type {any} */ (await peer.queryFluentInterface('users')).cache(3_600_000);
const client = new QueryClient();
const query = { queryKey: ['users', 'find', '7'], queryFn: async () => ({ id: '7', name: 'Ada' }), staleTime: 3_600_000 };

/** @type {Record<string, () => Promise<unknown>>} */
const hits = { netron: () => users.find('7'), 'query-core': () => client.fetchQuery(query) };

/** @param {string} name */
export async function cacheHit(name) {
  const hit = hits[name] ?? (async () => {});
  for (let n = 0; n < 20_000; n++) await hit();
  const began = performance.now();
  for (let n = 0; n < 200_000; n++) await hit();
  return { µs: ((performance.now() - began) * 1_000) / 200_000 };
}

/** @param {number} changed */
const records = (changed) =>
  Array.from({ length: 1_000 }, (_, id) => ({
    ...{ id, name: `user ${id}`, seen: id === changed ? 1 : 0, tags: ['a', 'b'], createdAt: new Date(id) },
  }));

// No entry of the package: taken from its source.
const source = readFileSync(new URL('../../packages/netron-browser/src/cache/share.ts', import.meta.url), 'utf8');
const { code } = transformSync(source, { loader: 'ts', format: 'esm' });
const { share } = await import(`data:text/javascript,${encodeURIComponent(code)}`);

/**
 * Milliseconds to find what stayed the same. query-core keeps no record that has a date.
 *
 * @param {string} name
 */
export async function sharing(name) {
  const merge = name === 'netron' ? share : replaceEqualDeep;
  const before = records(1);
  // What has come is changed by one of both.
  const all = Array.from({ length: 150 }, () => records(2));
  for (const after of all.splice(0, 50)) merge(before, after);
  const began = performance.now();
  for (const after of all) merge(before, after);
  return { ms: (performance.now() - began) / all.length };
}
