import { setImmediate } from 'node:timers/promises';
import { Netron, type NetronError, ServiceBase } from '@omnitron-dev/netron';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import {
  type Application,
  type AppOptions,
  Auth,
  type AuthContext,
  Authenticated,
  Authorize,
  Cache,
  type Caller,
  createApp,
  Invalidates,
  Public,
  RateLimit,
  RateLimiter,
  RequireAuth,
  RequirePermission,
  RequireRole,
  ResultCache,
  SlidingWindow,
  TitanService,
} from '../../src/index.js';

const people: Record<string, AuthContext> = {
  ada: { userId: 'ada', roles: ['admin'], permissions: ['users:read', 'users:write'] },
  bob: { userId: 'bob', roles: ['user'], permissions: ['users:read'] },
  old: { userId: 'old', roles: ['admin'], expiresAt: 1 },
};
const jwt = {
  async authenticate(token: string) {
    const found = Object.hasOwn(people, token) ? people[token] : undefined;
    if (!found) throw new Error(`unknown token ${token} at /srv/secret.ts`);
    return { ...found };
  },
};
const base: AppOptions = {
  signals: false,
  logger: { level: 'silent' },
  config: { netron: { transports: { websocket: { port: 0 }, tcp: { port: 0 } }, healthPort: false } },
  security: { authentication: jwt },
};
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
async function running(service: object, options: AppOptions = {}): Promise<Application> {
  const app = createApp({ ...base, ...options }).service(service);
  await app.start();
  ends.push(() => app.stop());
  return app;
}
/** The service as somebody calls it, over a transport. */
async function as<T extends object>(app: Application, credentials: unknown, scheme = 'ws') {
  const node = await Netron.create({ logLevel: 'silent', ...(credentials === undefined ? {} : { credentials }) });
  ends.push(() => node.stop());
  const address = app.netron!.addresses.find((each) => each.startsWith(scheme))!;
  const { name } = app.netron!.getServices()[0]!;
  return (await node.connect(address)).queryInterface<T>(name);
}
const code = (action: Promise<unknown>) =>
  action.then(
    () => 'ok',
    (error: NetronError) => error.code,
  );

describe('B15, B16, SV-11, SV-19, SV-20, SV-22: rights', () => {
  @TitanService({ name: 'users', auth: { required: true, except: ['hello'] } })
  class Users {
    @Public()
    hello() {
      return 'hello';
    }
    @Public()
    any() {
      return 'any';
    }
    @RequireRole(['admin', 'owner'])
    @Public({ cache: { ttl: 60 } })
    admin() {
      return 'admin';
    }
    @Public({ auth: { permissions: ['users:write'] } })
    @RequirePermission('users:read')
    write() {
      return 'write';
    }
    @Public({ auth: false })
    stillGuarded() {
      return 'guarded';
    }
    @Authenticated()
    @Public()
    who(@Auth() user?: Caller<AuthContext>) {
      return user?.userId;
    }
  }
  for (const scheme of ['ws', 'tcp']) {
    it(`hold over ${scheme}, and statements add up`, async () => {
      const app = await running(Users);
      const calls = ['hello', 'any', 'admin', 'write', 'stillGuarded'] as const;
      const codes = async (credentials: unknown) => {
        const users = await as<Users>(app, credentials, scheme);
        return Promise.all(calls.map((name) => code(users[name]() as Promise<unknown>)));
      };
      expect(await codes(undefined)).toEqual(['ok', ...calls.slice(1).map(() => 'unauthenticated')]);
      expect(await codes('ada')).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);
      expect(await codes({ token: 'bob' })).toEqual(['ok', 'ok', 'permission_denied', 'permission_denied', 'ok']);
      expect(await codes('old')).toEqual(['ok', ...calls.slice(1).map(() => 'unauthenticated')]);
      expect(await (await as<Users>(app, 'ada', scheme)).who()).toBe('ada');
    });
  }
  it('hold within the process: without a user nobody is let in; a call has the user it is made for', async () => {
    @TitanService({ name: 'front' })
    class Front {
      users?: { any(): Promise<string>; admin(): Promise<string> };
      onStart(app: Application) {
        this.users = app.connectToService(Users) as never;
      }
      @Public()
      async both() {
        await setImmediate();
        return [await code(this.users!.any()), await code(this.users!.admin())];
      }
    }
    const app = createApp(base).service(Front).service(Users);
    await app.start();
    ends.push(() => app.stop());
    expect(await code(app.connectToService(Users).any())).toBe('unauthenticated');
    expect(await (await as<Front>(app, 'bob')).both()).toEqual(['ok', 'permission_denied']);
    expect(await (await as<Front>(app, undefined)).both()).toEqual(['unauthenticated', 'unauthenticated']);
  });
  it('SE-16: a header authorization is whom the call is made for', async () => {
    const app = await running(Users);
    const node = await Netron.create({ logLevel: 'silent', credentials: 'bob' });
    ends.push(() => node.stop());
    const peer = await node.connect(app.netron!.addresses[0]!);
    const admin = (authorization: string) => peer.call('users', 'admin', [], { headers: { authorization } });
    expect(await admin('Bearer ada')).toBe('admin');
    expect(await code(peer.call('users', 'admin', []) as Promise<unknown>)).toBe('permission_denied');
    expect(await code(admin('Bearer nobody') as Promise<unknown>)).toBe('unauthenticated');
  });
  it('a wrong token is refused with one text, which tells nothing', async () => {
    const app = await running(Users);
    for (const token of ['nobody', '', 'x'.repeat(20_000), {}, { token: 5 }]) {
      const error: NetronError = await as(app, token).then(
        () => expect.unreachable('let in'),
        (thrown) => thrown,
      );
      expect([error.code, error.message.includes('secret')]).toEqual(['unauthenticated', false]);
    }
  });
  it('E7: events of a service are heard by whom its rules let in', async () => {
    class News extends ServiceBase<{ news: string }> {
      tell(text: string) {
        this.emit('news', text);
      }
    }
    Public()(News.prototype, 'tell');
    TitanService({ name: 'news', auth: { roles: ['admin'] } })(News);
    const app = await running(News, { netron: { allowServiceEvents: true } });
    const hear = async (credentials?: string) => {
      const news = (await as<{ on(event: string, heard: (text: string) => void): Promise<unknown> }>(
        app,
        credentials,
      )) as never as {
        on(event: string, heard: (text: string) => void): Promise<unknown>;
        tell(text: string): Promise<void>;
      };
      const heard: string[] = [];
      const code = await news
        .on('news', (text) => void heard.push(text))
        .then(
          () => 'ok',
          (error: NetronError) => error.code,
        );
      return { code, heard, news };
    };
    const ada = await hear('ada');
    expect([ada.code, (await hear('bob')).code, (await hear()).code]).toEqual(['ok', 'permission_denied', 'unauthenticated']);
    await ada.news.tell('x');
    await vi.waitFor(() => expect(ada.heard).toEqual(['x']), { timeout: 60_000 });
  });
  it('RequireAuth names a provider', async () => {
    class Two {
      jwtOnly() {}
    }
    Public()(Two.prototype, 'jwtOnly');
    RequireAuth({ provider: 'jwt' })(Two.prototype, 'jwtOnly');
    TitanService({ name: 'two' })(Two);
    const keys = { authenticate: async (token: string) => ({ userId: `key ${token}` }) };
    const app = await running(Two, { security: { authentication: { jwt, keys } } });
    expect(await code((await as<Two>(app, 'ada')).jwtOnly() as unknown as Promise<unknown>)).toBe('ok');
    expect(await code((await as<Two>(app, 'some key')).jwtOnly() as unknown as Promise<unknown>)).toBe('permission_denied');
    const error = await createApp({ ...base })
      .service(Two)
      .start()
      .catch((thrown: Error) => thrown);
    expect((error as Error).message).toContain("asks for the provider 'jwt', but there is ''");
  });
  it('B17: rules that nobody could keep are an error at the start', async () => {
    const error = await createApp({ ...base, security: {} })
      .service(Users)
      .start()
      .catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ code: 'invalid_use' });
    expect((error as Error).message).toMatch(/^users\.\w+ has rules, but nobody says who calls: give security\.authentication$/);
  });
  it('SE-08: rights that the identity does not have are asked of the authorization', async () => {
    const asked: unknown[] = [];
    const authorization = {
      authorize: async ({ userId }: AuthContext, resource: string, action: string) => {
        asked.push([userId, resource, action]);
        return true;
      },
    };
    const app = await running(Users, { security: { authentication: jwt, authorization } });
    expect(await code((await as<Users>(app, 'bob')).write() as Promise<unknown>)).toBe('ok');
    expect(asked).toEqual([['bob', 'users', 'write']]);
  });
  it('B16: whatever is combined in whatever order, nobody is let in whom one part refuses', async () => {
    const statements = [
      { say: Authenticated(), allows: (user?: AuthContext) => !!user },
      { say: RequireRole(['admin']), allows: (user?: AuthContext) => !!user?.roles?.includes('admin') },
      {
        say: RequireRole(['user', 'admin']),
        allows: (user?: AuthContext) => !!user?.roles?.some((role) => ['user', 'admin'].includes(role)),
      },
      { say: RequirePermission('users:write'), allows: (user?: AuthContext) => !!user?.permissions?.includes('users:write') },
      { say: Authorize((user) => user.userId === 'ada'), allows: (user?: AuthContext) => user?.userId === 'ada' },
      { say: Cache({ ttl: 60 }), allows: () => true },
      { say: RateLimit({ rpm: 1_000 }), allows: () => true },
    ] as const;
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6]),
        fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6]),
        async (ofClass, ofMember) => {
          class Any {
            go() {
              return 'in';
            }
          }
          Public()(Any.prototype, 'go');
          for (const at of ofMember) (statements[at]!.say as (prototype: object, name: string) => void)(Any.prototype, 'go');
          for (const at of ofClass) (statements[at]!.say as (type: object) => void)(Any);
          TitanService({ name: 'any' })(Any);
          const app = await running(Any);
          const cached = ofClass.includes(5) && !ofMember.includes(5);
          const all = [...ofClass, ...ofMember].map((at) => statements[at]!);
          for (const [token, user] of [
            [undefined, undefined],
            ['bob', people.bob],
            ['ada', people.ada],
          ] as const) {
            const wanted = all.every(({ allows }) => allows(user));
            const any = await as<Any>(app, token);
            for (let turn = 0; turn < 2; turn++)
              expect([await code(any.go() as unknown as Promise<unknown>), cached]).toEqual([
                wanted ? 'ok' : expect.stringMatching(/^(unauthenticated|permission_denied)$/),
                cached,
              ]);
          }
          for (const end of ends.splice(0).reverse()) await end();
        },
      ),
      { numRuns: 12 },
    );
  });
});

describe('SE: policies on arguments', () => {
  it('B24: get validated arguments, and their answer is cached for nobody', async () => {
    let ran = 0;
    class Docs {
      read(id: string) {
        ran += 1;
        return id;
      }
    }
    Public({ cache: { ttl: 60 } })(Docs.prototype, 'read');
    Authorize((user: AuthContext, id: string) => id.startsWith(`${user.userId}/`))(Docs.prototype, 'read');
    TitanService({ name: 'docs', contract: { read: { input: z.string().toLowerCase() } } })(Docs);
    const app = await running(Docs);
    const [ada, bob] = [await as<Docs>(app, 'ada'), await as<Docs>(app, 'bob')];
    expect([await ada.read('ADA/1'), await ada.read('ada/1'), ran]).toEqual(['ada/1', 'ada/1', 1]);
    expect(await code(bob.read('ada/1') as unknown as Promise<unknown>)).toBe('permission_denied');
    expect(await code(bob.read(5 as never) as unknown as Promise<unknown>)).toBe('invalid_argument');
    expect(await code((await as<Docs>(app, undefined)).read('x') as unknown as Promise<unknown>)).toBe('unauthenticated');
  });
});

describe('B33, SE-10, SE-11, SV-13: limits', () => {
  @TitanService({ name: 'limited', rateLimit: { limit: 5, window: 3_600_000 } })
  class Limited {
    @Public({ rateLimit: { limit: 2, window: 3_600_000 } })
    few() {
      return 1;
    }
    @Public()
    more() {
      return 2;
    }
    @RateLimit({ limit: 4, window: 3_600_000, cost: 3 })
    @Public()
    dear() {
      return 3;
    }
  }
  it('of a member and of all members of a service together; refused calls cost nothing', async () => {
    const limited = await as<Limited>(await running(Limited), 'ada');
    const calls = async (name: 'few' | 'more' | 'dear', times: number) => {
      const codes: string[] = [];
      for (let n = 0; n < times; n++) codes.push(await code(limited[name]() as unknown as Promise<unknown>));
      return codes.filter((each) => each === 'ok').length;
    };
    expect([await calls('few', 4), await calls('dear', 2), await calls('more', 4)]).toEqual([2, 1, 2]);
    const error: NetronError = await (limited.few() as unknown as Promise<unknown>).then(
      () => expect.unreachable('let in'),
      (thrown) => thrown,
    );
    expect(error).toMatchObject({ code: 'resource_exhausted', message: 'limited.few: too many calls' });
    expect(error.retryAfterMs).toBeGreaterThan(3_000_000);
  });
  it('count users apart, strangers by address, and all calls at once', async () => {
    const app = await running(Limited);
    const [ada, bob] = [await as<Limited>(app, 'ada'), await as<Limited>(app, 'bob')];
    const many = async (who: Limited) =>
      (await Promise.all(Array.from({ length: 64 }, () => code(who.more() as unknown as Promise<unknown>)))).filter(
        (each) => each === 'ok',
      ).length;
    expect(await Promise.all([many(ada as never), many(bob as never)])).toEqual([5, 5]);
    const [one, other] = [await as<Limited>(app, undefined), await as<Limited>(app, undefined)];
    expect((await many(one as never)) + (await many(other as never))).toBe(5);
  });
  it('by something that is not known are refused where they are said', () => {
    expect(() => RateLimit({ rpm: 5, by: 'moon' as 'user' })).toThrow("rateLimit counts by user or address, not by 'moon'");
  });
  it('may be counted elsewhere, for several nodes', async () => {
    const keys: string[] = [];
    const rateLimit = () => ({
      checkLimit: async (key: string, cost?: number) => {
        keys.push(`${key} ${cost}`);
        return { allowed: keys.length < 3, remaining: 0, reset: Date.now() + 5_000 };
      },
    });
    const limited = await as<Limited>(await running(Limited, { security: { authentication: jwt, rateLimit } }), 'ada');
    expect(await code(limited.few() as unknown as Promise<unknown>)).toBe('ok');
    expect(await code(limited.few() as unknown as Promise<unknown>)).toBe('resource_exhausted');
    expect(keys[0]).toBe('limited 5/3600000 user ada 1');
    expect(keys[1]).toBe('limited.few 2/3600000 user ada 1');
  });
});

describe('SE-12, E6: the sliding window', () => {
  it('never lets more than the limit into any window, and at twice the rate at least 95 % of it into every one', () => {
    let now = 0;
    const window = new SlidingWindow({ limit: 100, window: 10_000, now: () => now });
    const accepted: number[] = [];
    for (now = 0; now < 60_000; now += 50) if (window.checkLimit('a').allowed) accepted.push(now);
    for (let from = 0; from <= 50_000; from += 10) {
      const inside = accepted.filter((at) => at >= from && at < from + 10_000).length;
      expect(inside).toBeLessThanOrEqual(100);
      expect(inside).toBeGreaterThanOrEqual(95);
    }
  });
  it('holds for any arrivals and costs; says when to come back', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ gap: fc.integer({ min: 0, max: 900 }), cost: fc.integer({ min: 1, max: 4 }) }), { maxLength: 200 }),
        (calls) => {
          let now = 0;
          const window = new SlidingWindow({ limit: 10, window: 1_000, now: () => now });
          const accepted: { at: number; cost: number }[] = [];
          for (const { gap, cost } of calls) {
            now += gap;
            const wait = window.peek('a', cost);
            const { allowed, remaining } = window.checkLimit('a', cost);
            expect(allowed).toBe(wait === 0);
            if (allowed) accepted.push({ at: now, cost });
            const inside = accepted.filter(({ at }) => at > now - 1_000).reduce((sum, each) => sum + each.cost, 0);
            expect(inside).toBeLessThanOrEqual(10);
            expect(remaining).toBeLessThanOrEqual(10 - inside);
            if (!allowed) {
              now += Math.ceil(wait);
              expect(window.peek('a', cost)).toBe(0);
            }
          }
        },
      ),
      { numRuns: 50 },
    );
  });
  it('forgets keys that are not seen any more, and counts those beyond its bound together', () => {
    let now = 0;
    const window = new SlidingWindow({ limit: 1, window: 1_000, maxKeys: 100, now: () => now });
    for (let n = 0; n < 100; n++) expect(window.checkLimit(`key ${n}`).allowed).toBe(true);
    expect([window.checkLimit('one more').allowed, window.checkLimit('another').allowed, window.size]).toEqual([
      true,
      false,
      101,
    ]);
    now = 5_000;
    for (let n = 0; n < 60; n++) window.checkLimit('present');
    expect(window.size).toBeLessThanOrEqual(2);
  });
  it('a part of a call counts as a whole one', () => {
    const window = new SlidingWindow({ limit: 2, window: 1_000, now: () => 0 });
    expect([0.5, 0.5, 0.5].map((cost) => window.checkLimit('a', cost).allowed)).toEqual([true, true, false]);
  });
  it('SE-12: by itself, as in the founding documents', () => {
    const limiter = new RateLimiter(2, 60_000);
    expect([limiter.check('a'), limiter.check('a'), limiter.check('a'), limiter.check('b')]).toEqual([true, true, false, true]);
  });
});

describe('SV-04, SV-12, LB-12: caches', () => {
  let ran = 0;
  class Cached {
    async get(id: string, _more?: unknown) {
      ran += 1;
      const mine = ran;
      await setImmediate();
      return { id, ran: mine };
    }
    async all() {
      ran += 1;
      return ran;
    }
    fail() {
      ran += 1;
      throw new Error('no');
    }
    plain() {
      ran += 1;
      return ran;
    }
    change() {}
  }
  Public({ cache: { ttl: 60, tags: ['users'] } })(Cached.prototype, 'get');
  Public({ cache: { shared: true } })(Cached.prototype, 'all');
  Public({ cache: { ttl: 60 } })(Cached.prototype, 'fail');
  Public()(Cached.prototype, 'plain');
  Invalidates(['users'])(Cached.prototype, 'change');
  Public()(Cached.prototype, 'change');
  TitanService({ name: 'cached', cache: { ttl: 300 } })(Cached);

  it('keep results by member, caller and arguments; calls at one time run once; a service only gives defaults', async () => {
    ran = 0;
    const app = await running(Cached);
    const [ada, bob] = [await as<Cached>(app, 'ada'), await as<Cached>(app, 'bob')];
    const many = await Promise.all(Array.from({ length: 20 }, () => ada.get('x', { b: 1, a: new Date(5) })));
    expect(new Set(many.map((each) => each.ran))).toEqual(new Set([1]));
    expect((await ada.get('x', { a: new Date(5), b: 1 })).ran).toBe(1);
    expect((await ada.get('x', { a: new Date(6), b: 1 })).ran).toBe(2);
    expect((await bob.get('x', { a: new Date(5), b: 1 })).ran).toBe(3);
    expect(await ada.all()).toBe(await bob.all());
    expect(await ada.plain()).not.toBe(await ada.plain());
    const before = ran;
    await code(ada.fail() as never);
    await code(ada.fail() as never);
    expect(ran).toBe(before + 2);
  });
  it('forget by tag, when a member says so or the application does', async () => {
    ran = 0;
    const app = await running(Cached);
    const ada = await as<Cached>(app, 'ada');
    expect([(await ada.get('x')).ran, (await ada.get('x')).ran]).toEqual([1, 1]);
    await ada.change();
    expect((await ada.get('x')).ran).toBe(2);
    app.get(ResultCache).invalidate('users');
    expect((await ada.get('x')).ran).toBe(3);
    app.get(ResultCache).invalidate('others');
    expect((await ada.get('x')).ran).toBe(3);
  });
  it('E5: two users, interleaved 10,000 times: no crossing', async () => {
    class Mine {
      get(_n: number, user?: Caller<AuthContext>) {
        return user?.userId;
      }
    }
    Public({ fill: { 1: (call) => call.user }, cache: { ttl: 60 }, auth: true })(Mine.prototype, 'get');
    TitanService({ name: 'own' })(Mine);
    const app = await running(Mine);
    const both = [await as<Mine>(app, 'ada'), await as<Mine>(app, 'bob')];
    const names = ['ada', 'bob'];
    expect(await both[0]!.get(0)).toBe('ada');
    expect([app.get(ResultCache).size.entries, await both[0]!.get(0), app.get(ResultCache).size.entries]).toEqual([1, 'ada', 1]);
    for (let round = 0; round < 10; round++) {
      const answers = await Promise.all(Array.from({ length: 1_000 }, (_, n) => both[n % 2]!.get(n % 7)));
      expect(answers.every((answer, n) => answer === names[n % 2])).toBe(true);
    }
    // Seven arguments of two users were all that ran: the other calls were answered from the cache.
    expect(app.get(ResultCache).size.entries).toBe(14);
  });
  it('bounds bytes, the longest unused leaves first; ends by time; freezes what is shared; a result made while it was invalidated is not kept', async () => {
    let now = 0;
    const cache = new ResultCache({ maxBytes: 1_000, now: () => now });
    const get = (key: string, value: unknown, ttl = 1) => cache.get('scope ', key, ttl, ['t'], () => value);
    for (let n = 0; n < 10; n++) {
      get(`key ${n}`, 'x'.repeat(80));
      get('key 0', 'never made again');
    }
    expect(cache.size.bytes).toBeLessThanOrEqual(1_000);
    expect(get('key 0', 'new')).toBe('x'.repeat(80));
    expect(get('key 1', 'new')).toBe('new');
    expect(get('large', 'x'.repeat(5_000))).toHaveLength(5_000);
    expect(get('large', 'other')).toBe('other');
    now = 1_001;
    expect(get('key 0', 'later')).toBe('later');
    const record = get('record', { deep: { n: 1 } }) as { deep: { n: number } };
    expect(() => {
      record.deep.n = 2;
    }).toThrow();
    let finish = (_: string) => {};
    const slow = cache.get(
      'scope ',
      'slow',
      60,
      ['t'],
      () =>
        new Promise((resolve) => {
          finish = resolve;
        }),
    );
    expect(get('slow', 'made twice')).toBe(slow);
    cache.invalidate('others');
    expect(get('slow', 'made twice')).toBe(slow);
    cache.invalidate('t');
    // What is asked for afterwards does not join what began before.
    expect(get('slow', 'new')).toBe('new');
    finish('old');
    expect([await slow, get('slow', 'newer')]).toEqual(['old', 'new']);
    expect(cache.get('scope ', 'function', 60, [], () => () => 1)).toBeTypeOf('function');
    cache.clear();
    expect(cache.size).toEqual({ entries: 0, bytes: 0 });
  });
});
