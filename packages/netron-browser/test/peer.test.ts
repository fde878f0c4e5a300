import { describe, expect, it, vi } from 'vitest';
import { dehydrate, type HttpPeerOptions, HttpRemotePeer, NetronError, withOptions } from '../src/index.js';
import { TestClock, turns } from './clock.js';
import { FakeServer, gate, ok, problem } from './fake-server.js';

interface User {
  id: string;
  name: string;
  createdAt: Date;
}

interface Users {
  find(id: string): Promise<User>;
  list(): Promise<User[]>;
  add(a: number, b: number): Promise<number>;
  now(): Promise<number>;
  rename(id: string, name: string): Promise<void>;
  touch(id: string): Promise<number>;
  version: string;
}

const user = (id: string, name = `user ${id}`): User => ({ id, name, createdAt: new Date(Number(id)) });

function setup(options: HttpPeerOptions = {}) {
  const server = new FakeServer();
  const clock = new TestClock();
  server
    .on('users.find', { safe: true, cache: { ttl: 60, tags: ['users'] } }, ({ args }) => user(args[0] as string))
    .on('users.list', { safe: true }, () => [user('1')])
    .on('users.add', {}, ({ args }) => (args[0] as number) + (args[1] as number))
    .on('users.now', { safe: true }, () => clock.now())
    .on('users.rename', { invalidates: ['users'] }, () => undefined)
    .on('users.touch', { idempotent: true }, () => 1)
    .on('users.version', {}, () => '1.2.3', 'property');
  const peer = new HttpRemotePeer('https://api.example.com', { fetch: server.fetch, clock, ...options });
  const fluent = () => peer.queryFluentInterface<Users>('users@^1.0.0');
  return { server, clock, peer, fluent };
}

describe('calls', () => {
  it('use POST unless the member is safe, and send all arguments', async () => {
    const { server, peer } = setup();
    const users = await peer.queryInterface<Users>('users');
    expect(await users.add(2, 3)).toBe(5);
    expect(await users.list()).toEqual([user('1')]);
    const [add, list] = server.asked;
    expect(add).toMatchObject({ method: 'POST', args: [2, 3] });
    expect(add?.headers.get('content-type')).toBe('application/netron+json');
    expect(list).toMatchObject({ method: 'GET', args: [] });
    expect(list?.url.search).toBe('');
    expect(server.descriptions).toBe(1);
  });

  it('send long arguments of a safe member in a body', async () => {
    const { server, fluent } = setup();
    const users = await fluent();
    await users.find('x'.repeat(3_000));
    expect(server.asked[0]).toMatchObject({ method: 'POST' });
  });

  it('return dates as dates', async () => {
    const { fluent } = setup();
    expect((await (await fluent()).find('7')).createdAt).toEqual(new Date(7));
  });

  it('read properties, and refuse names that the service does not have', async () => {
    const { peer } = setup();
    const users = await peer.queryInterface<Users & { nothing(): Promise<void> }>('users');
    expect(await users.version).toBe('1.2.3');
    await expect(users.nothing()).rejects.toMatchObject({ code: 'not_found' });
    await expect(peer.queryInterface('unknown')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('send the headers of the peer and the remaining time', async () => {
    const { server, fluent } = setup({ headers: { 'X-App-Version': '1.0.0' }, timeout: 5_000 });
    await (await fluent()).touch('1');
    expect(server.asked[0]?.headers.get('x-app-version')).toBe('1.0.0');
    expect(server.asked[0]?.headers.get('netron-timeout')).toBe('5000');
  });

  it('send the headers of withOptions, as an object, a Map or Headers', async () => {
    const { server, peer } = setup();
    const users = await peer.queryInterface<Users>('users');
    for (const headers of [{ 'X-One': '1' }, new Map([['X-One', '1']]), new Headers({ 'x-one': '1' })]) {
      server.asked.length = 0;
      await withOptions(users, { headers, trace: { traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` } }).add(1, 2);
      expect(server.asked[0]?.headers.get('x-one')).toBe('1');
      expect(server.asked[0]?.headers.get('traceparent')).toContain('00-1111');
    }
  });

  it('behaviour 77: timeout(100) rejects after 100 ms and aborts only its own request', async () => {
    const { server, clock, fluent } = setup();
    const never = gate();
    server.on('users.slow', {}, () => never.promise).on('users.other', {}, () => never.promise);
    const users = (await fluent()) as unknown as { timeout(ms: number): { slow(): Promise<void> }; other(): Promise<void> };
    const outcome = users
      .timeout(100)
      .slow()
      .then(
        () => 'ok',
        (error: NetronError) => error.code,
      );
    void users.other().catch(() => {});
    await clock.advance(99);
    expect(server.calls('users.slow')[0]?.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(await outcome).toBe('deadline_exceeded');
    expect(server.calls('users.slow')[0]?.signal.aborted).toBe(true);
    expect(server.calls('users.other')[0]?.signal.aborted).toBe(false);
  });

  it('fail with unknown_outcome when the connection is lost during a change, with unavailable during a read', async () => {
    const { fluent } = setup({ fetch: lossy() });
    const users = await fluent();
    await expect(users.add(1, 2)).rejects.toMatchObject({ code: 'unknown_outcome' });
    await expect(users.list()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('leave no timer behind', async () => {
    const { clock, peer, fluent } = setup();
    const users = await fluent();
    await users.add(1, 2);
    await users.find('1');
    await peer.close();
    expect(clock.pending).toBe(0);
  });
});

function lossy() {
  const { server } = setup();
  return (target: string, init: RequestInit) =>
    target.includes('$services') ? server.fetch(target, init) : Promise.reject(new TypeError('fetch failed'));
}

describe('the fluent interface', () => {
  it('behaviour 71: sends all arguments, and none for a call without, called directly and at the end of a chain', async () => {
    const { server, fluent } = setup();
    const users = await fluent();
    expect([await users.add(2, 3), await users.retry(2).timeout(1_000).add(4, 5)]).toEqual([5, 9]);
    await users.list();
    await users.cache(false).retry(2).list();
    expect(server.asked.map(({ args }) => args)).toEqual([[2, 3], [4, 5], [], []]);
  });

  it('behaviour 72: none of its links is a promise', async () => {
    const { server, fluent } = setup();
    const users = await fluent();
    const cached = users.cache(1_000).retry(2);
    expect(await cached).toBe(cached);
    expect((cached as unknown as { then: unknown }).then).toBeUndefined();
    JSON.stringify(cached);
    expect(String(cached)).toContain('users');
    expect(server.asked).toHaveLength(0);
  });

  it('behaviour 78: each link returns a new interface and leaves the original unchanged', async () => {
    const { server, fluent } = setup();
    const users = await fluent();
    const cached = users.cache(60_000);
    await cached.list();
    await cached.list();
    expect(server.calls('users.list')).toHaveLength(1);
    await users.list();
    await users.cache(false).list();
    expect(server.calls('users.list')).toHaveLength(2);
    expect(Object.getPrototypeOf(users)).toBe(Object.getPrototypeOf(cached));
  });

  it('prefers members of the service to its own methods', async () => {
    const server = new FakeServer()
      .on('jobs.retry', {}, ({ args }) => `again ${String(args[0])}`)
      .on('jobs.list', { safe: true }, () => [1]);
    const peer = new HttpRemotePeer('https://a.example', { fetch: server.fetch });
    const { withQuery } = await import('../src/index.js');
    const jobs = await peer.queryFluentInterface<{ retry(id: string): Promise<string>; list(): Promise<number[]> }>('jobs');
    expect(await jobs.retry('7')).toBe('again 7');
    const kept = withQuery(jobs.cache(60_000), { retry: 1 });
    await kept.list();
    await kept.list();
    expect(server.calls('jobs.list')).toHaveLength(1);
    await peer.close();
  });

  it('transforms, validates, falls back and reports metrics per call, without changing the cache', async () => {
    const { server, fluent } = setup();
    const users = await fluent();
    const timings: boolean[] = [];
    const names = users
      .cache(60_000)
      .transform((list: User[]) => list.map(({ name }) => name))
      .metrics(({ cacheHit }) => timings.push(cacheHit ?? false));
    expect(await names.list()).toEqual(['user 1']);
    expect(await names.list()).toEqual(['user 1']);
    expect(timings).toEqual([false, true]);
    expect(await users.cache(60_000).list()).toEqual([user('1')]);
    expect(server.calls('users.list')).toHaveLength(1);
    const strict = users.cache(60_000).validate((value: User) => value.id === '9');
    await expect(strict.find('5')).rejects.toMatchObject({ code: 'data_loss' });
    expect(await strict.fallback(user('0')).find('5')).toEqual(user('0'));
    expect(server.calls('users.find')).toHaveLength(2);
    expect(() => users.cache(-1)).toThrow('cache: maxAge must be a non-negative number of milliseconds');
    expect(() => users.priority('urgent' as 'high')).toThrow('priority must be high, normal or low');
  });

  it('fetches in the background for as long as the cache keeps the entry', async () => {
    const { server, clock, fluent, peer } = setup({ cache: { gcTime: 10_000 } });
    const users = await fluent();
    await users.cache(3_000).background(2_000).list();
    await clock.advance(6_500);
    expect(server.calls('users.list').length).toBeGreaterThanOrEqual(4);
    await clock.advance(120_000);
    const settled = server.calls('users.list').length;
    await clock.advance(120_000);
    expect(server.calls('users.list')).toHaveLength(settled);
    await peer.close();
  });
});

describe('the cache', () => {
  it('behaviour 73: any number of equal concurrent reads are one request', async () => {
    const { server, fluent } = setup();
    const users = await fluent();
    const all = await Promise.all(Array.from({ length: 20 }, () => users.cache(1_000).list()));
    expect(server.calls('users.list')).toHaveLength(1);
    expect(new Set(all).size).toBe(1);
    await Promise.all(Array.from({ length: 20 }, () => users.now()));
    expect(server.calls('users.now')).toHaveLength(1);
  });

  it('returns stale values at once within staleWhileRevalidate, and fetches once', async () => {
    const { server, clock, fluent } = setup();
    const users = (await fluent()).cache({ maxAge: 1_000, staleWhileRevalidate: 5_000 });
    const first = await users.now();
    await clock.advance(2_000);
    expect(await Promise.all([users.now(), users.now(), users.now()])).toEqual([first, first, first]);
    await turns();
    expect(server.calls('users.now')).toHaveLength(2);
    expect(await users.now()).toBe(clock.now());
    await clock.advance(10_000);
    expect(await users.now()).toBe(clock.now());
  });

  it('is used when the service declares it, without options of the caller', async () => {
    const { server, clock, fluent } = setup();
    const users = await fluent();
    await users.find('1');
    await users.find('1');
    expect(server.calls('users.find')).toHaveLength(1);
    await clock.advance(60_001);
    await users.find('1');
    expect(server.calls('users.find')).toHaveLength(2);
  });

  it('behaviour 75: invalidated values are fetched again, by tag, name, pattern and by changes', async () => {
    const { server, peer, fluent } = setup();
    const users = (await fluent()).cache({ maxAge: 60_000, tags: ['people'] });
    const reads = async (pattern: Parameters<typeof peer.invalidate>[0]) => {
      await users.find('1');
      const before = server.calls('users.find').length;
      peer.invalidate(pattern);
      await users.find('1');
      return server.calls('users.find').length - before;
    };
    for (const pattern of ['users', 'users.find', 'users.*', 'peo*', ['nothing', 'people'], /users\.f/])
      expect(await reads(pattern), String(pattern)).toBe(1);
    for (const pattern of ['other', 'user', 'users.list', [], /^x/]) expect(await reads(pattern), String(pattern)).toBe(0);
    const before = server.calls('users.find').length;
    await users.rename('1', 'new');
    await users.find('1');
    expect(server.calls('users.find')).toHaveLength(before + 1);
    await users.invalidateOn(['people']).add(1, 2);
    await users.find('1');
    expect(server.calls('users.find')).toHaveLength(before + 2);
  });

  it('treats an answer requested before an invalidation as stale', async () => {
    const { server, peer, fluent } = setup();
    const held = gate<User[]>();
    let waiting = true;
    server.on('users.slow', { safe: true }, () => (waiting ? held.promise : [user('2')]));
    const users = (await fluent()).cache(60_000) as unknown as { slow(): Promise<User[]> };
    const first = users.slow();
    await turns();
    peer.invalidate('users.slow');
    waiting = false;
    expect(await users.slow()).toEqual([user('2')]);
    held.open([user('1')]);
    await first;
    expect(await users.slow()).toEqual([user('2')]);
    expect(server.calls('users.slow')).toHaveLength(2);
  });

  it('returns old values when the network fails, if configured', async () => {
    const { server, clock, fluent } = setup();
    let up = true;
    server.on('users.flaky', { safe: true }, () => (up ? 'value' : problem(503, 'unavailable', 'down')));
    const users = (await fluent()) as unknown as { cache(o: object): { flaky(): Promise<string> }; flaky(): Promise<string> };
    const kept = users.cache({ maxAge: 100, cacheOnError: true });
    expect(await kept.flaky()).toBe('value');
    up = false;
    await clock.advance(1_000);
    expect(await kept.flaky()).toBe('value');
    await expect(users.cache({ maxAge: 100 }).flaky()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('revalidates by ETag', async () => {
    const { server, clock, fluent } = setup();
    server.on('users.tagged', { safe: true }, ({ headers }) =>
      headers.get('if-none-match') === '"a"'
        ? new Response(null, { status: 304, headers: { etag: '"a"' } })
        : ok({ n: 1 }, { etag: '"a"' }),
    );
    const users = (await fluent()) as unknown as { cache(ms: number): { tagged(): Promise<object> } };
    const first = await users.cache(100).tagged();
    await clock.advance(200);
    expect(await users.cache(100).tagged()).toBe(first);
    expect(await users.cache(100).tagged()).toBe(first);
    expect(server.calls('users.tagged')).toHaveLength(2);
  });

  it('aborts a request when the last waiting caller has left', async () => {
    const { server, fluent } = setup();
    const never = gate();
    server.on('users.slow', { safe: true }, () => never.promise);
    const users = (await fluent()) as unknown as { signal(s: AbortSignal): { slow(): Promise<void> } };
    const a = new AbortController();
    const b = new AbortController();
    const waits = [users.signal(a.signal).slow(), users.signal(b.signal).slow()].map((wait) =>
      wait.catch((error: NetronError) => error.code),
    );
    await turns();
    a.abort();
    expect(await waits[0]).toBe('canceled');
    expect(server.asked[0]?.signal.aborted).toBe(false);
    b.abort();
    expect(await waits[1]).toBe('canceled');
    expect(server.asked).toHaveLength(1);
    expect(server.asked[0]?.signal.aborted).toBe(true);
  });

  it('tells arguments apart that are alike, and finds each again, as every user', async () => {
    const { server, peer } = setup();
    server.on('users.echo', { safe: true }, ({ args }) => args);
    const users = (await peer.queryFluentInterface<{ echo(...args: unknown[]): Promise<unknown[]> }>('users')).cache(60_000);
    const alike = [
      [],
      [undefined],
      ['7'],
      [7],
      ['0'],
      [0],
      [-0],
      [Number.NaN],
      [7n],
      [''],
      [true],
      [['7']],
      ['7', 7],
      [{ id: 7 }],
    ];
    for (const token of ['ada', 'bob', 'ada']) {
      peer.setToken(token);
      for (let round = 0; round < 2; round++) for (const args of alike) expect(await users.echo(...args)).toStrictEqual(args);
    }
    expect(server.calls('users.echo').length).toBe(2 * alike.length);
  });

  it('finds more values again than it remembers keys of', async () => {
    const { server, peer } = setup({ cache: { maxEntries: 3_000 } });
    const users = (await peer.queryFluentInterface<Users>('users')).cache(60_000);
    const ids = Array.from({ length: 1_500 }, (_, id) => String(id));
    for (let round = 0; round < 2; round++)
      expect((await Promise.all(ids.map((id) => users.find(id)))).map(({ id }) => id)).toEqual(ids);
    expect(server.calls('users.find').length).toBe(ids.length);
  });

  it('keeps an entry for the longest gcTime of its readers, whether they found or fetched it', async () => {
    const { server, clock, fluent } = setup();
    const users = await fluent();
    for (const gcTime of [1_000, 600_000]) await users.cache({ maxAge: 3_600_000, gcTime }).find('7');
    await clock.advance(599_000);
    await users.cache({ maxAge: 3_600_000, gcTime: 1_000 }).find('7');
    await clock.advance(599_000);
    await users.cache(3_600_000).find('7');
    expect(server.calls('users.find').length).toBe(1);
  });

  it('reads a token only once for its name', async () => {
    const { server, peer } = setup();
    const payload = btoa(JSON.stringify({ iss: 'i', sub: 'ada' })).replaceAll('=', '');
    let token = `a.${payload}.1`;
    peer.setToken(() => token);
    const users = (await peer.queryFluentInterface<Users>('users')).cache(60_000);
    for (let n = 0; n < 2; n++) await users.find('7');
    const reading = vi.spyOn(globalThis, 'atob');
    try {
      for (let n = 0; n < 5; n++) await users.find('7');
      expect(reading).toHaveBeenCalledTimes(0);
      token = `a.${payload}.2`;
      for (let n = 0; n < 5; n++) await users.find('7');
      expect(reading).toHaveBeenCalledTimes(1);
    } finally {
      reading.mockRestore();
    }
    expect(server.calls('users.find').length).toBe(1);
  });

  it('reads a renewed token only once for its name', async () => {
    const token = (sub: string | undefined, n: number) => `a.${btoa(JSON.stringify({ sub })).replaceAll('=', '')}.${n}`;
    for (const sub of ['ada', undefined]) {
      const { server, peer } = setup({ token: token(sub, 1), refresh: async () => token(sub, 2) });
      server.on('users.secret', { safe: true }, ({ headers }) =>
        headers.get('authorization')?.endsWith('2')
          ? ok('told')
          : problem(401, 'unauthenticated', 'expired', { outcome: 'not_run' }),
      );
      const users = (await peer.queryFluentInterface<Users & { secret(): Promise<string> }>('users')).cache(60_000);
      expect(await users.secret()).toBe('told');
      for (let n = 0; n < 2; n++) await users.find('7');
      const reading = vi.spyOn(globalThis, 'atob');
      try {
        for (let n = 0; n < 5; n++) await users.find('7');
        expect(reading).toHaveBeenCalledTimes(0);
      } finally {
        reading.mockRestore();
      }
      expect(server.calls('users.find').length).toBe(1);
    }
  });

  it('is not changed by answers that cannot be read (C19)', async () => {
    const { server, fluent } = setup();
    const bodies = ['', '{"v":', '{"v":1,"t":[["d"]]}', '[1]', '{"v":{"__proto__":1}}', '<html>'];
    let body = 'ok';
    server.on('users.odd', { safe: true }, () =>
      body === 'ok' ? ok('good') : new Response(body, { headers: { 'content-type': 'application/netron+json' } }),
    );
    const users = (await fluent()) as unknown as { cache(ms: number): { odd(): Promise<string> }; odd(): Promise<string> };
    expect(await users.odd()).toBe('good');
    for (body of bodies) await expect(users.odd(), body).rejects.toMatchObject({ code: 'data_loss' });
    expect(
      (users as unknown as { odd(): Promise<string> }) &&
        (await users
          .cache(Number.POSITIVE_INFINITY)
          .odd()
          .catch(() => 'kept')),
    ).toBe('good');
  });
});

describe('identities', () => {
  it('behaviour 74: users, backends, versions, methods and arguments never share an entry', async () => {
    let current = 'a';
    const { server, peer, fluent } = setup();
    server.on('users.me', { safe: true }, ({ headers }) => headers.get('authorization'));
    const users = (await fluent()).cache(60_000) as unknown as { me(x?: unknown): Promise<string> };
    peer.setToken(() => current);
    expect(await users.me()).toBe('Bearer a');
    current = 'b';
    expect(await users.me()).toBe('Bearer b');
    current = 'a';
    expect(await users.me()).toBe('Bearer a');
    expect(server.calls('users.me')).toHaveLength(2);
    const texts = [
      [],
      [undefined],
      [null],
      ['1'],
      [1],
      [1n],
      [new Date(1)],
      [[1]],
      [{ a: 1 }],
      [{ a: '1' }],
      [new Map([['a', 1]])],
      [new Set([1])],
      [Uint8Array.of(1)],
    ];
    for (const args of texts) await (users.me as (...args: unknown[]) => Promise<string>)(...args);
    expect(server.calls('users.me')).toHaveLength(2 + texts.length - 1);
    await (users.me as (arg: unknown) => Promise<string>)({ b: 2, a: 1 });
    await (users.me as (arg: unknown) => Promise<string>)({ a: 1, b: 2 });
    expect(server.calls('users.me')).toHaveLength(2 + texts.length);
  });

  it('behaviour 74: also when middleware adds the credentials', async () => {
    let token = 'a';
    const { server, peer, fluent } = setup();
    peer.use({
      priority: 100,
      stage: 'PRE_REQUEST',
      async execute(context, next) {
        context.request.headers = { ...context.request.headers, Authorization: `Bearer ${token}` };
        await next();
      },
    });
    server.on('users.me', { safe: true }, ({ headers }) => headers.get('authorization'));
    const users = (await fluent()).cache(60_000) as unknown as { me(): Promise<string> };
    expect(await users.me()).toBe('Bearer a');
    token = 'b';
    expect(await users.me()).toBe('Bearer b');
    token = 'a';
    expect(await users.me()).toBe('Bearer a');
  });

  it('a renewed token of the same subject keeps the cache', async () => {
    const jwt = (sub: string, n: number) => `x.${btoa(JSON.stringify({ iss: 'i', sub, n })).replaceAll('=', '')}.y`;
    const { server, peer, fluent } = setup();
    const users = (await fluent()).cache(60_000);
    peer.setToken(jwt('ada', 1));
    await users.list();
    peer.setToken(jwt('ada', 2));
    await users.list();
    expect(server.calls('users.list')).toHaveLength(1);
    peer.setToken(jwt('bob', 1));
    await users.list();
    expect(server.calls('users.list')).toHaveLength(2);
    expect(JSON.stringify(dehydrate(peer.cache))).not.toContain('x.');
  });

  it('behaviour 81: one refresh serves all refused calls, and each is retried once', async () => {
    let refreshes = 0;
    const { server, fluent } = setup({
      token: 'old',
      refresh: async () => {
        refreshes += 1;
        return 'new';
      },
    });
    server.on('users.guarded', {}, ({ headers, args }) =>
      headers.get('authorization') === 'Bearer new'
        ? args[0]
        : problem(401, 'unauthenticated', 'expired', { outcome: 'not_run' }),
    );
    const users = (await fluent()) as unknown as { guarded(n: number): Promise<number> };
    expect(await Promise.all([1, 2, 3].map((n) => users.guarded(n)))).toEqual([1, 2, 3]);
    expect(refreshes).toBe(1);
    expect(server.calls('users.guarded')).toHaveLength(6);
    expect(await users.guarded(4)).toBe(4);
    expect(server.calls('users.guarded')).toHaveLength(7);
  });
});

describe('middleware (MW-04)', () => {
  it('runs at its stage, lower priority outside', async () => {
    // The middleware is not needed to find out who the user is.
    const { server, peer, fluent } = setup({ identity: 'ada' });
    const order: string[] = [];
    const at = (stage: string, name: string, priority: number) =>
      peer.use(
        async (_context, next) => {
          order.push(`${name}>`);
          await next();
          order.push(`<${name}`);
        },
        { stage, priority },
      );
    at('POST_RESPONSE', 'post', 1);
    at('PRE_REQUEST', 'inner', 200);
    at('PRE_REQUEST', 'outer', 50);
    at('PRE_CALL', 'call', 1);
    const users = await fluent();
    order.length = 0;
    await users.cache(60_000).list();
    expect(order).toEqual(['call>', 'outer>', 'inner>', '<inner', '<outer', 'post>', '<post', '<call']);
    order.length = 0;
    await users.cache(60_000).list();
    expect(order).toEqual(['call>', '<call']);
    expect(server.calls('users.list')).toHaveLength(1);
  });

  it('changes arguments, results and errors', async () => {
    const { peer, fluent } = setup();
    peer.use(
      (context, next) => {
        if (context.method === 'add') context.args = [10, 20];
        return next();
      },
      { stage: 'PRE_CALL' },
    );
    peer.use(
      (context) => {
        if (context.method === 'add') context.result = `= ${String(context.result)}`;
      },
      { stage: 'POST_RESPONSE' },
    );
    peer.use(
      (context) => {
        if (context.method === 'nope') {
          context.error = undefined;
          context.result = 'recovered';
        }
      },
      { stage: 'ERROR' },
    );
    const users = (await fluent()) as unknown as { add(a: number, b: number): Promise<unknown> };
    expect(await users.add(1, 2)).toBe('= 30');
    expect(() => peer.use({ stage: 'LATER', execute() {} })).toThrow('stage must be one of PRE_CALL');
  });
});

describe('a closed peer', () => {
  it('accepts no more calls to known or unknown services; a call in flight continues', async () => {
    const { server, peer, fluent } = setup();
    const answer = gate<number>();
    server.on('users.slow', {}, () => answer.promise);
    const users = await fluent();
    const pending = (await peer.queryInterface<{ slow(): Promise<number> }>('users')).slow();
    await turns();
    await peer.close();
    answer.open(7);
    expect(await pending).toBe(7);
    const asked = server.asked.length;
    for (const call of [() => users.add(1, 2), () => users.find('1'), () => peer.queryInterface<Users>('others')]) {
      const error = await call().catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining('the peer is closed') as string });
    }
    expect(server.asked.length).toBe(asked);
  });
});

describe('invalid options', () => {
  it.each([
    ['a misspelt option', { timeot: 500 }, /^HttpRemotePeer: unknown option 'timeot'; known: activity, .*, timeout, token$/],
    ['a name of every object', { toString: 1 }, /^HttpRemotePeer: unknown option 'toString'; known: /],
    ['null', null, /^options of HttpRemotePeer must be an object, not null$/],
  ])('%s', (_, options, message) => {
    const make = () => new HttpRemotePeer('https://api.example.com', options as never);
    expect(make).toThrow(TypeError);
    expect(make).toThrow(message);
  });
});

it('asynchronous methods reject when called without their object', async () => {
  const peer: object = new HttpRemotePeer('https://api.example.com');
  const methods = ['queryInterface', 'queryFluentInterface', 'prefetch', 'duplex', 'close'];
  for (const method of methods.map((name) => (peer as Record<string, () => Promise<unknown>>)[name]))
    await expect(method?.call(undefined)).rejects.toThrow(TypeError);
});

describe('an invalid address', () => {
  it.each(['ws://example.com', 'example', '', 'file:///etc'])('%j', (address) => {
    expect(() => new HttpRemotePeer(address)).toThrow(
      new TypeError(`HttpRemotePeer: url must start with http: or https:, not '${address}'`),
    );
  });
});
