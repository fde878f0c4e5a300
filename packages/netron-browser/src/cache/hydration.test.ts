import { NetronError, readJson, writeJson } from '@omnitron-dev/netron/http/client';
import { describe, expect, it } from 'vitest';
import { TestClock } from '../../test/clock.js';
import { HttpCacheManager } from './cache-manager.js';
import { dehydrate } from './dehydrate.js';
import { type DehydratedCache, hydrate } from './hydrate.js';

function caches() {
  const clock = new TestClock();
  const make = () => new HttpCacheManager({ clock, defaultMaxAge: 5_000 });
  return { clock, server: make(), page: make() };
}

describe('a cache as data', () => {
  it('holds values with their age and terms, without stale or empty entries', async () => {
    const { clock, server } = caches();
    server.set('a', 1, { maxAge: 100, staleWhileRevalidate: 50, tags: ['x'] });
    server.set('b', 2, { tags: ['y'] });
    server.open('c', 'users.find', {});
    await clock.advance(30);
    server.invalidate('y');
    expect(dehydrate(server)).toEqual({
      entries: [{ key: 'a', name: 'a', value: 1, age: 30, maxAge: 100, staleWhileRevalidate: 50, tags: ['x'] }],
    });
  });

  it('keeps seals, position and etag, by which the page subscribes and revalidates', () => {
    const { server, page } = caches();
    const live = { sealed: ['user:1~abcdef.0123456789abcdef'], cursor: 'log.7' };
    const entry = server.open('a', 'users.find', {});
    server.store(entry, server.tick(), { value: 1, tags: ['user:1', 'own'], live, etag: '"e"' }, {});
    const handed = dehydrate(server);
    expect(handed.entries[0]?.tags).toEqual(['user:1~abcdef.0123456789abcdef', 'own']);
    hydrate(page, handed);
    const taken = page.find('a')!;
    expect([taken.live, taken.base?.etag, [...taken.tags]]).toEqual([live, '"e"', ['user:1', 'own']]);
    expect(dehydrate(page)).toEqual(handed);
  });

  it('keeps failures: name, code, message, details, and nothing of the stack or the cause', async () => {
    const { clock, server, page } = caches();
    const failing = (key: string, error: unknown) => {
      server.open(key, key, {}).error = error;
    };
    const options = { details: { id: 7 }, retryAfterMs: 50, cause: new Error('10.0.0.7 is gone') };
    failing('a', Object.defineProperty(new NetronError('not_found', 'no user', options), 'name', { value: 'NotFoundError' }));
    failing('b', Object.assign(new TypeError('own'), { code: 'ORDER_CLOSED' }));
    failing('c', 'thrown');
    server.set('d', undefined);
    failing('d', new NetronError('unavailable', 'later'));
    const handed = writeJson(dehydrate(server), { rich: true });
    expect(handed).not.toMatch(/10\.0\.0\.7|\.test\.ts/);
    hydrate(page, readJson(handed, { rich: true }) as DehydratedCache);
    const errors = ['a', 'b', 'c', 'd'].map((key) => page.find(key)?.error);
    expect(errors[0]).toBeInstanceOf(NetronError);
    expect(errors[0]).toMatchObject({ name: 'NotFoundError', code: 'not_found', message: 'no user', details: { id: 7 } });
    expect((errors[0] as Error).cause).toBeUndefined();
    expect(errors.slice(1)).toMatchObject([
      { name: 'TypeError', code: 'ORDER_CLOSED', message: 'own' },
      { name: 'Error', message: 'thrown' },
      { name: 'NetronError', code: 'unavailable' },
    ]);
    expect(['a', 'd'].map((key) => page.find(key)?.hasValue)).toEqual([false, true]);
    expect(page.find('a')?.failed(clock.now())).toBe(true);
    await clock.advance(10_000);
    expect(page.find('a')?.failed(clock.now())).toBe(false);
  });

  it('counts as requested before any action of the page: stale entries stay stale', () => {
    const { server, page } = caches();
    server.set('a', 'of the server', { tags: ['x'] });
    page.open('a', 'a', {});
    page.invalidate('a');
    hydrate(page, dehydrate(server));
    expect([page.find('a')!.requested, page.get('a')]).toEqual([0, undefined]);
  });

  it('counts as fresh for ten seconds in the page, whatever its age', async () => {
    const { clock, page } = caches();
    const entry = { key: 'a', name: 'users.find', value: 1, age: 60_000, maxAge: 0, staleWhileRevalidate: 0, tags: ['x'] };
    hydrate(page, { entries: [entry] });
    await clock.advance(9_999);
    expect(page.get('a')).toBe(1);
    await clock.advance(1);
    expect(page.get('a')).toBeUndefined();
    expect(page.invalidate('x')).toBe(1);
  });

  it('does not replace what is newer', async () => {
    const { clock, page, server } = caches();
    server.set('a', 'old');
    await clock.advance(10);
    page.set('a', 'new');
    hydrate(page, dehydrate(server));
    expect(page.get('a')).toBe('new');
  });

  it('does not replace an existing value by a failure', async () => {
    const { clock, page, server } = caches();
    server.open('a', 'users.find', {}).error = new Error('the server could not read');
    page.set('a', 'own', { maxAge: 500 });
    await clock.advance(600);
    hydrate(page, dehydrate(server));
    const entry = page.find('a')!;
    expect([entry.value, entry.error, entry.fresh(clock.now())]).toEqual(['own', undefined, false]);
  });
});
