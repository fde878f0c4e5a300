import { getEventListeners } from 'node:events';
import { readJson, writeJson } from '@omnitron-dev/netron/http/client';
import { describe, expect, it, vi } from 'vitest';
import {
  type DehydratedCache,
  dehydrate,
  HttpCacheManager,
  type HttpPeerOptions,
  HttpRemotePeer,
  hydrate,
  type Query,
} from '../src/index.js';
import { TestClock, turns } from './clock.js';
import { eventually } from './eventually.js';
import { FakeServer, gate, problem } from './fake-server.js';
import { TestPage } from './page.js';

interface Notes {
  list(): Promise<string[]>;
  count(): Promise<number>;
}

function setup(cache?: HttpCacheManager, options: HttpPeerOptions = {}) {
  const server = new FakeServer();
  const clock = new TestClock();
  const page = new TestPage();
  let count = 0;
  server.on('notes.count', { safe: true }, () => ++count).on('notes.list', { safe: true, cache: { ttl: 10 } }, () => ['a']);
  const peer = new HttpRemotePeer('https://api.example.com', {
    fetch: server.fetch,
    clock,
    activity: page,
    ...(cache && { cache }),
    ...options,
  });
  return { server, clock, page, peer };
}

function circle(): object {
  const around: { a?: object } = {};
  return Object.assign(around, { a: { b: around } });
}

function nested(levels: number): unknown {
  return levels === 0 ? 1 : [nested(levels - 1)];
}

const states = (query: Query<unknown>) => ({
  data: query.data,
  loading: query.loading,
  fetching: query.fetching,
  stale: query.stale,
});

describe('queries', () => {
  it.each([
    ['the same user', 'ada', ['Bearer ada', 'Bearer ada']],
    ['another user', 'eve', ['Bearer ada', 'Bearer eve']],
  ])('a fetch that waits for a token is made when the token of %s takes its place', async (_who, user, sent) => {
    let source = async () => 'ada';
    const { server, peer } = setup(undefined, { token: () => source() });
    const query = peer.watch<Notes, 'list'>('notes', 'list', []);
    await eventually(() => expect(query.fetching).toBe(false));
    source = () => new Promise(() => {});
    let fetching: boolean | undefined;
    query.subscribe(() => {
      fetching = query.fetching;
    });
    peer.invalidate('notes');
    expect([query.fetching, query.stale]).toEqual([true, true]);
    peer.setToken(user);
    await eventually(() => expect([fetching, query.fetching, query.stale]).toEqual([false, false, false]));
    expect(server.calls('notes.list').map(({ headers }) => headers.get('authorization'))).toEqual(sent);
    query[Symbol.dispose]();
  });

  it('load, show their value while they fetch, and notify listeners of each change', async () => {
    const { peer } = setup();
    const query = peer.watch<Notes, 'count'>('notes', 'count', []);
    const seen: unknown[] = [];
    query.subscribe(() => seen.push(query.data));
    expect(states(query)).toEqual({ data: undefined, loading: true, fetching: true, stale: true });
    await turns();
    expect(states(query)).toEqual({ data: 1, loading: false, fetching: false, stale: true });
    const fetching = query.refetch();
    expect(states(query)).toMatchObject({ data: 1, loading: false, fetching: true });
    await fetching;
    expect(query.data).toBe(2);
    expect(seen).toContain(1);
    expect(seen.at(-1)).toBe(2);
    await peer.close();
  });

  it.each([
    ['a function', { a: { b: () => 1 } }, /^argument \[0\]\.a\.b is a function/],
    ['a circle', circle(), /^argument \[0\]\.a\.b is a circular reference$/],
    ['a Blob', { file: new Blob(['x']) }, /^argument \[0\]\.file /],
    ['more than 32 levels', nested(33), /^notes\.(find|count): arguments of a query must be plain data, at most 32 levels deep$/],
  ])('with %s in their arguments fail and name the path; nothing is sent', async (_what, arg, expected) => {
    const { server, peer } = setup();
    const query = peer.watch<{ find(arg: unknown): Promise<string> }, 'find'>('notes', 'find', [arg]);
    const told = new Promise<void>((resolve) => query.subscribe(() => resolve()));
    await told;
    expect(query.error).toMatchObject({ message: expect.stringMatching(expected) as string });
    expect([query.loading, query.data]).toEqual([false, undefined]);
    const prefetched = peer.prefetch<{ find(arg: unknown): Promise<string> }, 'find'>('notes', 'find', [arg]);
    await expect(prefetched).rejects.toThrow(expected);
    const notes = await peer.queryFluentInterface<{ count(): Promise<number> }>('notes');
    const changed = notes.optimistic({ method: 'count', args: [arg] as never }, () => 1).count();
    await expect(changed).rejects.toThrow(expected);
    expect([...server.calls('notes.find'), ...server.calls('notes.count')]).toEqual([]);
    await peer.close();
  });

  it('with the same key share one request and one value', async () => {
    const { server, peer } = setup();
    const all = Array.from({ length: 5 }, () => peer.watch<Notes, 'list'>('notes', 'list', []));
    await turns();
    expect(server.calls('notes.list')).toHaveLength(1);
    expect(new Set(all.map(({ data }) => data)).size).toBe(1);
    expect(all[0]?.data).toEqual(['a']);
    await peer.close();
  });

  it('show the value that another call has fetched', async () => {
    const { peer } = setup();
    const query = peer.watch<Notes, 'count'>('notes', 'count', []);
    await turns();
    const notes = await peer.queryInterface<Notes>('notes');
    await notes.count();
    expect(query.data).toBe(2);
    await peer.close();
  });

  it('keep the old value when fetching fails, and report the error', async () => {
    const { server, peer } = setup();
    let up = true;
    server.on('notes.flaky', { safe: true }, () => (up ? 1 : problem(503, 'unavailable', 'down')));
    const query = peer.watch<{ flaky(): Promise<number> }, 'flaky'>('notes', 'flaky', []);
    await turns();
    up = false;
    await query.refetch();
    expect(query.data).toBe(1);
    expect(query.error).toMatchObject({ code: 'unavailable' });
    up = true;
    await query.refetch();
    expect(query.error).toBeUndefined();
    await peer.close();
  });

  it('fetch again when their value is invalidated, once for all queries of the value', async () => {
    const { server, peer } = setup();
    const queries = [1, 2, 3].map(() => peer.watch<Notes, 'count'>('notes', 'count', []));
    await turns();
    peer.invalidate('notes.count');
    await turns();
    expect(queries.map(({ data }) => data)).toEqual([2, 2, 2]);
    expect(server.calls('notes.count')).toHaveLength(2);
    await peer.close();
  });

  it('C19: fetch in one batch when the page becomes visible, only stale values on display', async () => {
    const { server, clock, page, peer } = setup();
    const shown = peer.watch<Notes, 'count'>('notes', 'count', []);
    peer.watch<Notes, 'list'>('notes', 'list', []);
    const gone = peer.watch<{ other(): Promise<number> }, 'other'>('notes', 'other', []);
    server.on('notes.other', { safe: true }, () => 1);
    await turns();
    gone[Symbol.dispose]();
    const before = server.asked.length;
    for (const event of ['focus', 'focus', 'online', 'focus'] as const) page.tell(event);
    await clock.advance(0);
    expect(server.asked.length - before).toBe(1);
    expect(shown.data).toBe(2);
    await clock.advance(3_600_000);
    page.tell('focus');
    page.tell('online');
    await clock.advance(0);
    expect(server.asked.length - before).toBe(3);
    await peer.close();
  });

  it('C19: wait for the network while offline', async () => {
    const { server, clock, page, peer } = setup();
    page.online = false;
    const query = peer.watch<Notes, 'count'>('notes', 'count', []);
    await turns();
    expect(query.paused).toBe(true);
    expect(server.asked).toHaveLength(0);
    page.online = true;
    page.tell('online');
    await clock.advance(0);
    expect(query.paused).toBe(false);
    expect(query.data).toBe(1);
    await peer.close();
  });

  it('fetch at their interval while the page is visible', async () => {
    const { server, clock, page, peer } = setup();
    const query = peer.watch<Notes, 'count'>('notes', 'count', [], { refetchInterval: 1_000 });
    await clock.advance(3_500);
    expect(server.calls('notes.count')).toHaveLength(4);
    page.visible = false;
    await clock.advance(5_000);
    expect(server.calls('notes.count')).toHaveLength(4);
    page.visible = true;
    await clock.advance(1_000);
    expect(server.calls('notes.count')).toHaveLength(5);
    query[Symbol.dispose]();
    await clock.advance(10_000);
    expect(server.calls('notes.count')).toHaveLength(5);
    await peer.close();
  });

  it('with the same key fetch once per interval, however many they are and whenever they were created; the shortest interval is used', async () => {
    const { server, clock, peer } = setup();
    const watch = (refetchInterval: number) => peer.watch<Notes, 'count'>('notes', 'count', [], { refetchInterval });
    const queries = [watch(1_000), watch(1_000), watch(2_000)];
    await clock.advance(300);
    queries.push(watch(1_000));
    await clock.advance(0);
    const before = server.calls('notes.count').length;
    for (let second = 0; second < 10; second++) await clock.advance(1_000);
    expect(server.calls('notes.count').length - before).toBe(10);
    await peer.close();
  });

  it('abort requests without a waiting caller, and leave nothing behind', async () => {
    const { server, clock, page, peer } = setup();
    const never = gate();
    server.on('notes.slow', { safe: true }, () => never.promise);
    const query = peer.watch<{ slow(): Promise<void> }, 'slow'>('notes', 'slow', []);
    await turns();
    query[Symbol.dispose]();
    await turns();
    expect(server.asked[0]?.signal.aborted).toBe(true);
    expect(page.listeners.size).toBe(0);
    await peer.close();
    expect(clock.pending).toBe(0);
  });

  it('cause no unhandled rejection when they end before a fetch', async () => {
    const { peer } = setup();
    const first = peer.watch<Notes, 'list'>('notes', 'list', [], { cache: 60_000 });
    await turns();
    const abort = vi.spyOn(AbortController.prototype, 'abort');
    const cached = Array.from({ length: 10 }, () => peer.watch<Notes, 'list'>('notes', 'list', [], { cache: 60_000 }));
    await turns();
    expect(cached.map(({ data }) => data)).toEqual(cached.map(() => ['a']));
    for (const query of [first, ...cached]) query[Symbol.dispose]();
    expect(abort).not.toHaveBeenCalled();
    abort.mockRestore();
    await peer.close();
  });

  it('transform only their own value', async () => {
    const { peer } = setup();
    const length = peer.watch<Notes, 'list', number>('notes', 'list', [], { transform: (list) => list.length });
    const plain = peer.watch<Notes, 'list'>('notes', 'list', []);
    await turns();
    expect(length.data).toBe(1);
    expect(plain.data).toEqual(['a']);
    await peer.close();
  });

  it('refetchOnMount false shows the cached value, however old', async () => {
    const { server, clock, peer } = setup();
    await peer.prefetch<Notes, 'count'>('notes', 'count', []);
    await clock.advance(100_000);
    const query = peer.watch<Notes, 'count'>('notes', 'count', [], { refetchOnMount: false });
    await turns();
    expect(query.data).toBe(1);
    expect(server.calls('notes.count')).toHaveLength(1);
    await peer.close();
  });

  it.each<[string, HttpPeerOptions]>([
    ['a query of an anonymous user', {}],
    ['a query of a user who is known later', { token: async () => 'ada' }],
    ['a query of a user who cannot be determined', { token: () => Promise.reject(new Error('nobody')) }],
  ])('%s with an aborted signal sends nothing and retains nothing', async (_, options) => {
    const { server, clock, page, peer } = setup(undefined, options);
    const { signal } = new AbortController();
    const listening = peer.watch<Notes, 'list'>('notes', 'list', [], { signal, refetchInterval: 50 });
    await turns();
    expect([page.listeners.size, clock.pending > 0, getEventListeners(signal, 'abort').length]).toEqual([1, true, 1]);
    listening[Symbol.dispose]();
    server.asked.length = server.descriptions = 0;
    const before = clock.pending;

    const aborted = AbortSignal.abort();
    const query = peer.watch<Notes, 'count'>('notes', 'count', [], { signal: aborted, refetchInterval: 50 });
    const heard = vi.fn();
    query.subscribe(heard);
    await turns();
    await query.refetch();
    expect([server.asked, server.descriptions, heard.mock.calls]).toEqual([[], 0, []]);
    expect([page.listeners.size, clock.pending - before, getEventListeners(aborted, 'abort').length]).toEqual([0, 0, 0]);
    expect(peer.cache.list(({ observers }) => observers.size > 0)).toEqual([]);
    expect(states(query)).toEqual({ data: undefined, loading: false, fetching: false, stale: true });
    // No query is open: another cache may replace this one.
    peer.setCacheManager(new HttpCacheManager({ clock }));
    await peer.close();
  });

  it('keep showing an evicted value', async () => {
    const clock = new TestClock();
    const { peer } = setup(new HttpCacheManager({ maxSizeBytes: 1, clock }));
    const query = peer.watch<Notes, 'list'>('notes', 'list', []);
    await turns();
    expect(query.data).toEqual(['a']);
    expect(peer.getCacheStats()).toMatchObject({ entries: 0, sizeBytes: 0 });
    await peer.close();
  });
});

describe('middleware', () => {
  it.each([
    ['that is passive', true],
    ['that may set headers', false],
  ])('%s: a cached value is shown synchronously only when the user is known without asking', async (_, passive) => {
    for (const at of ['options', 'object'] as const) {
      const { peer } = setup();
      await peer.prefetch<Notes, 'list'>('notes', 'list', []);
      let sent = 0;
      const execute = async (_context: unknown, next: () => Promise<void>) => {
        sent++;
        await next();
      };
      if (at === 'options') peer.use(execute, { passive });
      else peer.use({ passive, execute });
      const query = peer.watch<Notes, 'list'>('notes', 'list', []);
      expect(states(query)).toMatchObject(passive ? { data: ['a'], loading: false } : { data: undefined, loading: true });
      await turns();
      expect(query.data).toEqual(['a']);
      const asked = sent;
      await query.refetch();
      expect(sent).toBeGreaterThan(asked);
      await peer.close();
    }
  });
});

describe('hydration', () => {
  it('a page whose server failed to read a value shows the error at once and does not retry by itself', async () => {
    const failing = (server: FakeServer) =>
      server.on('notes.broken', { safe: true }, () => problem(404, 'not_found', 'no such note'));
    const rendered = setup();
    failing(rendered.server);
    await rendered.peer.prefetch<Notes & { broken(): string }, 'broken'>('notes', 'broken', []);
    const state = writeJson(dehydrate(rendered.peer.cache), { rich: true });
    await rendered.peer.close();

    const { server, peer, clock, page } = setup();
    failing(server);
    hydrate(peer.cache, readJson(state, { rich: true }) as DehydratedCache);
    const query = peer.watch<Notes & { broken(): string }, 'broken'>('notes', 'broken', []);
    expect(query.error).toMatchObject({ code: 'not_found', message: 'no such note' });
    expect(query).toMatchObject({ loading: false, fetching: false });
    page.tell('focus');
    await clock.advance(9_000);
    expect(server.asked).toHaveLength(0);
    await clock.advance(1_000);
    page.tell('focus');
    await clock.advance(1);
    await turns();
    expect(server.calls('notes.broken')).toHaveLength(1);
    await peer.close();
  });

  it('a page with its data shows it at once and fetches nothing', async () => {
    const rendered = setup();
    await rendered.peer.prefetch<Notes, 'list'>('notes', 'list', []);
    await rendered.peer.prefetch<Notes, 'count'>('notes', 'count', []);
    const state = writeJson(dehydrate(rendered.peer.cache), { rich: true });
    await rendered.peer.close();

    const { server, clock, peer } = setup();
    hydrate(peer.cache, readJson(state, { rich: true }) as DehydratedCache);
    const query = peer.watch<Notes, 'list'>('notes', 'list', []);
    const count = peer.watch<Notes, 'count'>('notes', 'count', []);
    expect(states(query)).toEqual({ data: ['a'], loading: false, fetching: false, stale: false });
    expect(states(count)).toEqual({ data: 1, loading: false, fetching: false, stale: false });
    await turns();
    expect(server.asked).toHaveLength(0);
    await clock.advance(20_000);
    expect(query.stale).toBe(true);
    await peer.close();
  });
});
