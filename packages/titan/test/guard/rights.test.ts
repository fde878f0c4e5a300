import { setImmediate } from 'node:timers/promises';
import { getCallContext, Netron, type NetronError, ServiceBase } from '@omnitron-dev/netron';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  type Application,
  type AuditRecord,
  Auth,
  type AuthContext,
  Authenticated,
  Authorize,
  Cache,
  type Caller,
  createApp,
  EventBus,
  Public,
  RateLimit,
  RequireAuth,
  RequirePermission,
  RequireRole,
  TitanService,
} from '../../src/index.js';
import { as, base, code, connected, endAll, ends, jwt, people, running } from './callers.js';

afterEach(endAll);

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
        return Promise.all(calls.map((name) => code(users[name]())));
      };
      expect(await codes(undefined)).toEqual(['ok', ...calls.slice(1).map(() => 'unauthenticated')]);
      expect(await codes('ada')).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);
      expect(await codes({ token: 'bob' })).toEqual(['ok', 'ok', 'permission_denied', 'permission_denied', 'ok']);
      expect(await code(connected(app, 'old', scheme))).toBe('unauthenticated');
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
    expect(await code(peer.call('users', 'admin', []))).toBe('permission_denied');
    expect(await code(admin('Bearer nobody'))).toBe('unauthenticated');
  });
  it('SE-16: a gateway that calls for many users: also members without rules see the user; bad tokens of one keep nobody out', async () => {
    @TitanService({ name: 'open' })
    class Open {
      @Public()
      who(@Auth() user?: Caller<AuthContext>) {
        return user?.userId;
      }
      @Public()
      context() {
        return getCallContext().user?.userId;
      }
    }
    const records: AuditRecord[] = [];
    const app = await running(Open);
    app.get(EventBus).on('audit:login', (record) => void records.push(record as AuditRecord));
    const gateway = await connected(app, 'bob');
    const as = (token: string, member = 'who') =>
      gateway.call('open', member, [], { headers: { authorization: `Bearer ${token}` } }) as Promise<unknown>;
    expect([await as('ada'), await as('ada', 'context')]).toEqual(['ada', 'ada']);
    for (let turn = 0; turn < 20; turn++) expect(await code(as('nobody'))).toBe('unauthenticated');
    expect([await as('ada'), await gateway.call('open', 'who', [])]).toEqual(['ada', 'bob']);
    expect(await (await connected(app, 'ada')).call('open', 'who', [])).toBe('ada');
    expect(records.map((record) => record.kind === 'login' && [record.outcome, record.user?.userId])).toEqual(
      Array(20).fill(['unauthenticated', 'bob']),
    );
    expect([await code(as('old')), await code(as(''))]).toEqual(['unauthenticated', 'unauthenticated']);
    // A stranger speaks for nobody.
    const stranger = await connected(app);
    const guess = () => code(stranger.call('open', 'who', [], { headers: { authorization: 'Bearer nobody' } }));
    const outcomes = await Promise.all(Array.from({ length: 20 }, guess));
    expect(outcomes.filter((outcome) => outcome === 'unauthenticated')).toHaveLength(10);
    expect(outcomes.filter((outcome) => outcome === 'resource_exhausted')).toHaveLength(10);
  });
  it('a provider that does not answer is unavailable, and keeps nobody out whom another one knows', async () => {
    const hangs = { authenticate: () => new Promise<AuthContext>(() => {}) };
    const app = await running(Users, { security: { authentication: { hangs, jwt }, authenticationTimeout: 20 } });
    const users = await as<Users>(app, 'ada');
    expect(await users.who()).toBe('ada');
    const peer = await connected(app, 'bob');
    const calls = (token: string) => peer.call('users', 'who', [], { headers: { authorization: `Bearer ${token}` } });
    expect([await calls('ada'), await code(calls('nobody'))]).toEqual(['ada', 'unavailable']);
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
    expect(await code((await as<Two>(app, 'ada')).jwtOnly())).toBe('ok');
    expect(await code((await as<Two>(app, 'some key')).jwtOnly())).toBe('permission_denied');
    const error = await createApp({ ...base })
      .service(Two)
      .start()
      .catch((thrown: Error) => thrown);
    expect((error as Error).message).toContain(
      "requires the provider 'jwt', but none is named: set security.authentication to { name: provider }",
    );
  });
  it('B17: rules that nobody could keep are an error at the start', async () => {
    const error = await createApp({ ...base, security: {} })
      .service(Users)
      .start()
      .catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ code: 'invalid_use' });
    expect((error as Error).message).toMatch(
      /^users\.\w+ has access rules, but callers are not authenticated: set security\.authentication$/,
    );
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
    expect(await code((await as<Users>(app, 'bob')).write())).toBe('ok');
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
              expect([await code(any.go()), cached]).toEqual([
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
