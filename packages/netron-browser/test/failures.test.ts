/** Answers from other servers, and invalid options: the errors that callers receive. */
import { describe, expect, it } from 'vitest';
import {
  HttpCacheManager,
  HttpRemotePeer,
  type MutationOptions,
  type QueryOptions,
  RetryManager,
  withOptions,
  withQuery,
} from '../src/index.js';
import { TestClock } from './clock.js';
import { FakeServer, gate, problem } from './fake-server.js';

interface Users {
  find(id: string): string;
  rename(name: string): void;
}

function setup(options: ConstructorParameters<typeof HttpRemotePeer>[1] = {}) {
  const clock = new TestClock();
  const server = new FakeServer();
  const peer = new HttpRemotePeer('https://a.example', { fetch: server.fetch, clock, ...options });
  return { clock, server, peer, users: () => peer.queryFluentInterface<Users>('users') };
}

it.each(['PRE_CALL', 'PRE_REQUEST', 'POST_RESPONSE', 'ERROR'])(
  'a value thrown by middleware at %s reaches the caller unchanged, also null',
  async (stage) => {
    for (const retry of [undefined, { attempts: 1, initialDelay: 0 }] as const) {
      const { server, peer, users } = setup({ ...(retry && { retry }) });
      server.on('users.rename', { invalidates: ['users'] }, () => {
        if (stage === 'ERROR') throw new TypeError('no network');
      });
      const service = await users();
      peer.use({
        stage,
        execute() {
          throw null;
        },
      });
      const thrown = await Promise.resolve(service.rename('x')).then(
        () => 'nothing',
        (error: unknown) => error,
      );
      expect(thrown).toBeNull();
    }
  },
);

describe('responses of a proxy in front of the server', () => {
  it.each([
    [400, 'invalid_argument', 'unknown'],
    [401, 'unauthenticated', 'unknown'],
    [403, 'permission_denied', 'unknown'],
    [404, 'not_found', 'unknown'],
    [413, 'resource_exhausted', 'unknown'],
    [418, 'unknown', 'unknown'],
    [429, 'resource_exhausted', 'not_run'],
    [500, 'unknown', 'unknown'],
    [502, 'unavailable', 'unknown'],
    [503, 'unavailable', 'not_run'],
    [504, 'deadline_exceeded', 'unknown'],
  ])('%d without problem details is %s with outcome %s', async (status, code, outcome) => {
    const { server, users } = setup();
    server.on(
      'users.rename',
      {},
      () => new Response('<html>gateway</html>', { status, headers: { 'content-type': 'text/html' } }),
    );
    const error = await (await users()).rename('Ada').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, message: `the server responded with ${status} without problem details` });
    expect((error as { outcome?: unknown }).outcome).toBe(outcome);
  });

  it.each([
    ['seconds', '7', 7_000],
    ['a date, relative to the Date header', 'Thu, 01 Jan 1970 00:00:12 GMT', 2_000],
    ['a date that has passed', 'Thu, 01 Jan 1970 00:00:01 GMT', 0],
    ['invalid, and is ignored', 'soon', undefined],
  ])('Retry-After can be %s', async (_, header, wait) => {
    const { server, users } = setup();
    const headers = { 'retry-after': header, date: 'Thu, 01 Jan 1970 00:00:10 GMT' };
    server.on('users.find', { safe: true }, () => problem(503, 'unavailable', 'later', {}, headers));
    const error = await (await users()).find('7').catch((thrown: unknown) => thrown);
    expect((error as { retryAfterMs?: unknown }).retryAfterMs).toBe(wait);
  });
});

describe('invalid settings are refused before anything is sent', () => {
  it.each<[string, (options: QueryOptions<unknown>) => QueryOptions<unknown>, string]>([
    ['cache', (all) => ({ ...all, cache: 'x' as never }), 'cache must be a number of milliseconds, an object or false, not x'],
    [
      'a cache’s time',
      (all) => ({ ...all, cache: { maxAge: -1 } }),
      'cache: maxAge must be a non-negative number of milliseconds, not -1',
    ],
    [
      'a misspelt option of the cache',
      (all) => ({ ...all, cache: { maxage: 1 } as never }),
      "cache: unknown option 'maxage'; known: maxAge, staleWhileRevalidate, gcTime, tags, cacheOnError, key",
    ],
    [
      'a misspelt option of the breaker',
      (all) => ({ ...all, retry: { circuitBreaker: { treshold: 1 } as never } }),
      "circuitBreaker: unknown option 'treshold'; known: cooldownTime, threshold, windowTime",
    ],
    [
      'an option of the breaker in another place',
      (all) => ({ ...all, retry: { threshold: 1 } as never }),
      "retry: unknown option 'threshold'; known: attempts, backoff, circuitBreaker, idempotent, initialDelay, jitter, maxDelay",
    ],
    [
      'the clock of a manager',
      (all) => ({ ...all, retry: { clock: 1 } as never }),
      "retry: unknown option 'clock'; known: attempts, backoff, circuitBreaker, idempotent, initialDelay, jitter, maxDelay",
    ],
    [
      'a breaker',
      (all) => ({ ...all, retry: { circuitBreaker: 5 as never } }),
      'retry: circuitBreaker must be an object or false, not 5',
    ],
    ['retry', (all) => ({ ...all, retry: true as never }), 'retry must be a number of attempts, an object or false, not true'],
    [
      'a misspelt option',
      (all) => ({ ...all, timeoutMs: 5 }) as never,
      "call: unknown option 'timeoutMs'; known: cache, retry, timeout, priority, fallback, transform, validate, metrics, invalidate, " +
        'signal, progress, idempotencyKey, queued, refetchOnMount, refetchOnFocus, refetchOnReconnect, refetchInterval',
    ],
    ['timeout', (all) => ({ ...all, timeout: Number.NaN }), 'timeout must be a non-negative number of milliseconds, not NaN'],
    ['priority', (all) => ({ ...all, priority: 'urgent' as never }), 'priority must be high, normal or low, not urgent'],
  ])('%s', async (_, wrong, message) => {
    const { server, users, peer } = setup();
    server.on('users.find', { safe: true }, () => 'Ada');
    const service = await users();
    const options = wrong({});
    expect(() => withQuery(service, options as never)).toThrow(new TypeError(message));
    expect(() => peer.watch<Users, 'find'>('users', 'find', ['7'], options as never)).toThrow(new TypeError(message));
    await expect(peer.prefetch<Users, 'find'>('users', 'find', ['7'], options as never)).rejects.toThrow(new TypeError(message));
    expect(server.asked).toEqual([]);
  });

  it('every valid option is accepted', async () => {
    const { server, users, peer } = setup();
    server.on('users.find', { safe: true }, () => 'Ada');
    const options: Required<QueryOptions> & MutationOptions = {
      cache: 5,
      retry: false,
      timeout: 5,
      priority: 'low',
      fallback: 'nobody',
      transform: (data) => data,
      validate: () => true,
      metrics: () => {},
      signal: new AbortController().signal,
      invalidate: [],
      idempotencyKey: 'key',
      queued: false,
      progress: () => {},
      refetchOnMount: false,
      refetchOnFocus: false,
      refetchOnReconnect: false,
      refetchInterval: 60_000,
    };
    withQuery(await users(), options as never);
    peer.watch<Users, 'find'>('users', 'find', ['7'], options as never)[Symbol.dispose]();
  });

  it.each<[string, () => unknown, RegExp]>([
    [
      'of a retry manager',
      () => new RetryManager({ attemps: 1 } as never),
      /^retry: unknown option 'attemps'; known: attempts, /,
    ],
    ['of the peer’s repetition', () => setup({ retry: { attemps: 1 } as never }), /^retry: unknown option 'attemps'/],
    [
      'of a cache',
      () => new HttpCacheManager({ maxEntry: 1 } as never),
      /^HttpCacheManager: unknown option 'maxEntry'; known: maxEntries, /,
    ],
    ['of an entry', () => new HttpCacheManager().set('a', 1, { maxage: 1 } as never), /^cache: unknown option 'maxage'; known: /],
    [
      'of the queue',
      () => setup({ queue: { store: 1 } as never }),
      /^queue: unknown option 'store'; known: storage, headers, failed$/,
    ],
    [
      'of middleware',
      () => setup().peer.use(() => {}, { stages: 'ERROR' } as never),
      /^use: unknown option 'stages'; known: priority, /,
    ],
    ['of the peer’s cache', () => setup({ cache: { maxEntry: 1 } as never }), /^HttpCacheManager: unknown option 'maxEntry'/],
  ])('a misspelled option %s', (_, make, message) => {
    expect(make).toThrow(TypeError);
    expect(make).toThrow(message);
  });

  it('of execute(), and of an optimistic update', async () => {
    const work = () => Promise.resolve(1);
    await expect(new RetryManager().execute(work, { timeout: 1 } as never)).rejects.toThrow(
      new TypeError(
        "execute: unknown option 'timeout'; known: target, signal, deadline, keyed, attempts, backoff, circuitBreaker, idempotent, initialDelay, jitter, maxDelay",
      ),
    );
    const { server, users } = setup();
    server.on('users.find', { safe: true }, () => 'Ada');
    const service = await users();
    expect(() => service.optimistic({ method: 'find', arg: ['7'] } as never, () => 'x')).toThrow(
      new TypeError("the target of optimistic: unknown option 'arg'; known: method, args"),
    );
  });

  it('of a service that is not from queryFluentInterface', () => {
    expect(() => withQuery({}, {})).toThrow('expected a service from queryFluentInterface');
  });
});

describe('a cache passed to a peer', () => {
  it('serves several peers of one server under one name, and is not closed with them', async () => {
    const cache = new HttpCacheManager();
    const one = setup({ name: 'shop', cache });
    const other = setup({ name: 'shop', cache });
    for (const { server } of [one, other]) server.on('users.find', { cache: { ttl: 60 } }, () => 'Ada');
    await (await one.users()).find('7');
    expect(await (await other.users()).find('7')).toBe('Ada');
    expect([one.server.calls('users.find').length, other.server.calls('users.find').length]).toEqual([1, 0]);
    await one.peer.close();
    expect(cache.getStats().entries).toBe(1);
  });

  it('replaces the cache of the peer, but not while queries are open, and must be an HttpCacheManager', () => {
    const { peer, server } = setup();
    server.on('users.find', { safe: true }, () => 'Ada');
    const cache = new HttpCacheManager();
    const query = peer.watch<Users, 'find'>('users', 'find', ['7']);
    expect(() => peer.setCacheManager(cache)).toThrow('cannot replace the cache while queries are open');
    query[Symbol.dispose]();
    expect(peer.setCacheManager(cache).cache).toBe(cache);
    expect(() => peer.setCacheManager({} as never)).toThrow(
      new TypeError('setCacheManager: manager must be an HttpCacheManager'),
    );
  });
});

describe('requests in flight', () => {
  it('are limited by maxConcurrent; waiting requests are sent by priority', async () => {
    const { server, users } = setup({ maxConcurrent: 1 });
    const open = gate();
    const order: unknown[] = [];
    server.on('users.find', { safe: true }, async ({ args: [id] }) => {
      order.push(id);
      await open.promise;
      return id;
    });
    const service = await users();
    const first = service.find('first');
    const rest = [service.priority('low').find('low'), service.find('normal'), service.priority('high').find('high')];
    await expect.poll(() => order).toEqual(['first']);
    open.open();
    await Promise.all([first, ...rest]);
    expect(order).toEqual(['first', 'high', 'normal', 'low']);
  });
});

describe('tokens', () => {
  it('that cannot be renewed fail the call with the error of the server; the next call renews again', async () => {
    let renewals = 0;
    const answers: (() => Promise<string | undefined>)[] = [
      () => Promise.reject(new Error('the login is away')),
      () => Promise.resolve(undefined),
      () => Promise.resolve('new'),
    ];
    const { server, users } = setup({ token: 'old', refresh: () => answers[renewals++]!() });
    server.on('users.rename', {}, ({ headers }) =>
      headers.get('authorization') === 'Bearer new' ? undefined : problem(401, 'unauthenticated', 'expired'),
    );
    const service = await users();
    await expect(service.rename('Ada')).rejects.toThrow('the login is away');
    await expect(service.rename('Ada')).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(await service.rename('Ada')).toBeUndefined();
    expect(renewals).toBe(3);
  });

  it('are requested for each call, and not kept when the user changes', async () => {
    let token = 'one';
    const { server, users, peer } = setup({ token: async () => token });
    const seen: unknown[] = [];
    server.on('users.rename', {}, ({ headers }) => void seen.push(headers.get('authorization')));
    const service = await users();
    await service.rename('a');
    token = 'two';
    await service.rename('b');
    peer.setToken(undefined);
    await service.rename('c');
    expect(seen).toEqual(['Bearer one', 'Bearer two', null]);
  });
});

describe('an Authorization header of the caller', () => {
  it('is not renewed: no other token would be sent', async () => {
    let renewals = 0;
    const refresh = async () => `${(renewals += 1)}`;
    const { server, users } = setup({ token: 'old', refresh });
    server.on('users.rename', {}, () => problem(401, 'unauthenticated', 'expired'));
    const service = withOptions(await users(), { headers: { Authorization: 'Basic x' } });
    await expect(service.rename('Ada')).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(renewals).toBe(0);
    expect(server.calls('users.rename')).toHaveLength(1);
  });

  it('has its own cache entries, and does not change those of the token', async () => {
    const { server, users, peer } = setup({ token: 'ada' });
    server.on('users.find', { safe: true }, ({ headers }) => headers.get('authorization'));
    const service = (await users()).cache(60_000);
    const own = withOptions(service, { headers: { AUTHORIZATION: 'Bearer bob' } });
    expect([await service.find('7'), await own.find('7'), await service.find('7')]).toEqual([
      'Bearer ada',
      'Bearer bob',
      'Bearer ada',
    ]);
    expect(server.calls('users.find')).toHaveLength(2);
    peer.setToken('eve');
    expect(await service.find('7')).toBe('Bearer eve');
    expect(await own.find('7')).toBe('Bearer bob');
    expect(server.calls('users.find')).toHaveLength(3);
  });

  it('separates the entries of peers that share a cache', async () => {
    const cache = new HttpCacheManager();
    const answers = ['Basic a', 'Basic b'].map(async (authorization) => {
      const { server, users } = setup({ cache, headers: { authorization } });
      server.on('users.find', { safe: true }, ({ headers }) => headers.get('authorization'));
      return (await users()).cache(60_000).find('7');
    });
    expect(await Promise.all(answers)).toEqual(['Basic a', 'Basic b']);
  });
});

describe('addresses', () => {
  it.each([
    ['https://a.example', {}, 'https://a.example/netron'],
    ['https://a.example/', {}, 'https://a.example/netron'],
    ['https://a.example/api/', {}, 'https://a.example/api'],
    ['https://a.example:8443/api?x#y', {}, 'https://a.example:8443/api'],
    ['https://a.example', { path: '/rpc/' }, 'https://a.example/rpc'],
    ['https://a.example/api', { path: '/rpc' }, 'https://a.example/rpc'],
  ])('%s with %j is %s', (url, options, base) => {
    expect(new HttpRemotePeer(url, options).url).toBe(base);
  });
});
