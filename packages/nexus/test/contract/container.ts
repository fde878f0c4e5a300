import { describe, expect, it } from 'vitest';
import {
  Container,
  configurable,
  createContainer,
  createTestContainer,
  createToken,
  defineModule,
  type Graph,
  graphOf,
  Injectable,
  inject,
  type Lazy,
  lazy,
  Module,
  NexusError,
  type NexusErrorCode,
  optional,
  type Provider,
} from '../../src/index.js';

/** What `action` refuses with. */
export function refusal(action: () => unknown): NexusError {
  try {
    action();
  } catch (error) {
    if (error instanceof NexusError) return error;
    throw error;
  }
  throw new Error('did not throw');
}

const codeOf = (action: () => unknown): NexusErrorCode => refusal(action).code;
const rejection = async (promise: Promise<unknown>) =>
  refusal(
    await promise.then(
      () => () => {},
      (error) => () => {
        throw error;
      },
    ),
  );

class Config {
  url = 'db://';
}
/** A new Config, counted. */
const count = (by: () => number) => {
  by();
  return new Config();
};
class Repo {
  static inject = [Config] as const;
  constructor(readonly config: Config) {}
}
class Service {
  static inject = [Repo, Config] as const;
  constructor(
    readonly repo: Repo,
    readonly config: Config,
  ) {}
}

/** What every container promises, in every runtime and whatever compiled it. */
export function testContainer(name: string): void {
  const log: string[] = [];
  class Closing {
    constructor(readonly id: string) {}
    [Symbol.dispose]() {
      log.push(this.id);
    }
  }
  const closing = (id: string, deps: readonly ReturnType<typeof createToken>[] = []) => ({
    provide: createToken<unknown>(id),
    useFactory: (..._: unknown[]) => new Closing(id),
    deps,
  });

  describe(`tokens (${name})`, () => {
    it('a function that makes nothing is no class', () => {
      for (const provider of [() => 1, { provide: createToken('made'), useClass: () => 1 }])
        expect(() => createContainer([provider as never])).toThrow('needs useClass, useValue, useFactory or useExisting');
    });
    it('G93: two tokens of one name never meet', () => {
      const [a, b] = [createToken<number>('port'), createToken<number>('port')];
      const container = createContainer([
        { provide: a, useValue: 1 },
        { provide: b, useValue: 2 },
      ]);
      expect([container.get(a), container.get(b)]).toEqual([1, 2]);
    });
    it('hands out falsy values as they are', () => {
      for (const value of [0, '', false, null, undefined]) {
        const token = createToken<unknown>('value');
        const factory = createToken<unknown>('factory');
        const scoped = createToken<unknown>('scoped');
        let calls = 0;
        const useFactory = () => {
          calls++;
          return value;
        };
        const container = createContainer([
          { provide: token, useValue: value },
          { provide: factory, useFactory },
          { provide: scoped, useFactory, scope: 'request' },
        ]);
        const scope = container.createScope();
        for (const each of [token, factory, scoped, token, factory, scoped]) expect(scope.get(each)).toBe(value);
        expect(calls).toBe(2);
      }
    });
  });

  describe(`providers (${name})`, () => {
    it('creates a class with what it names', () => {
      const service = createContainer([Service, Repo, Config]).get(Service);
      expect(service).toBeInstanceOf(Service);
      expect(service.repo.config).toBe(service.config);
    });
    it('creates another class for a token, a value, a factory with dependencies, an alias', () => {
      class Fake extends Config {
        override url = 'fake://';
      }
      const url = createToken<string>('url');
      const alias = createToken<string>('alias');
      const container = createContainer([
        { provide: Config, useClass: Fake },
        { provide: url, useFactory: (config: Config) => config.url, deps: [Config] },
        { provide: alias, useExisting: url },
      ]);
      expect([container.get(Config), container.get(alias)]).toEqual([new Fake(), 'fake://']);
    });
    it('an alias is the very same instance, of whatever scope', () => {
      const same = createToken<Config>('same');
      for (const scope of ['singleton', 'request', 'module'] as const) {
        const container = createContainer([
          { provide: Config, useClass: Config, scope },
          { provide: same, useExisting: Config },
        ]).createScope();
        expect(container.get(same)).toBe(container.get(Config));
      }
    });
    it('collects several providers in one list, in the order of registration', () => {
      const plugins = createToken<string[]>('plugins');
      const container = createContainer([
        { provide: plugins, useValue: 'a', multi: true },
        { provide: plugins, useFactory: () => 'b', multi: true },
      ]);
      expect(container.get(plugins)).toEqual(['a', 'b']);
      container.get(plugins).push('c');
      expect(container.get(plugins)).toEqual(['a', 'b']);
    });
    it('leaves out a provider whose condition does not hold, and asks once', () => {
      let asked = 0;
      const when = (answer: boolean) => () => {
        asked++;
        return answer;
      };
      const container = createContainer([
        { provide: Config, useValue: { url: 'no' }, when: when(false) },
        { provide: Config, useValue: { url: 'yes' }, when: when(true) },
      ]);
      expect([container.get(Config).url, container.get(Config).url, asked]).toEqual(['yes', 'yes', 2]);
    });
    it('H106: an asynchronous provider is created once however many ask at the same time', async () => {
      let calls = 0;
      const db = createToken<{ n: number }>('db');
      class User {
        static inject = [db] as const;
        constructor(readonly db: { n: number }) {}
      }
      const container = createContainer([{ provide: db, useFactory: async () => ({ n: ++calls }) }, User]);
      const [a, b, user] = await Promise.all([container.getAsync(db), container.getAsync(db), container.getAsync(User)]);
      expect([a, user.db, calls]).toEqual([b, b, 1]);
      expect(container.get(User)).toBe(user);
      expect(container.get(db)).toBe(a);
    });
    it('a failed asynchronous provider is tried again at the next request', async () => {
      let calls = 0;
      const db = createToken<number>('db');
      const user = createToken<number>('user');
      const container = createContainer([
        { provide: db, useFactory: async () => (++calls < 2 ? Promise.reject(new Error('down')) : calls) },
        { provide: user, useFactory: (n: number) => n * 10, deps: [db] },
      ]);
      const both = await Promise.allSettled([container.getAsync(user), container.getAsync(user)]);
      expect(both.map((each) => each.status)).toEqual(['rejected', 'rejected']);
      expect([calls, await container.getAsync(user), calls]).toEqual([1, 20, 2]);
    });
    it('a failed synchronous provider is tried again, and throws what it threw', () => {
      let calls = 0;
      const error = new Error('down');
      const db = createToken<number>('db');
      const container = createContainer([
        {
          provide: db,
          useFactory: () => {
            if (++calls < 2) throw error;
            return calls;
          },
        },
      ]);
      expect(() => container.get(db)).toThrow(error);
      expect(container.get(db)).toBe(2);
    });
    it('says that a synchronous get cannot wait, and does not create twice because of it', async () => {
      let calls = 0;
      const db = createToken<number>('db');
      const container = createContainer([{ provide: db, useFactory: async () => ++calls }]);
      expect(codeOf(() => container.get(db))).toBe('async');
      expect([await container.getAsync(db), container.get(db)]).toEqual([1, 1]);
    });
    it('does not unwrap a class instance that has a then', async () => {
      class Query {
        then(done: (value: string) => void) {
          done('unwrapped');
        }
      }
      const slow = createToken<number>('slow');
      class Holder {
        static inject = [Query, slow] as const;
        constructor(
          readonly query: Query,
          readonly slow: number,
        ) {}
      }
      const container = createContainer([Query, Holder, { provide: slow, useFactory: async () => 1 }]);
      expect((await container.getAsync(Holder)).query).toBeInstanceOf(Query);
    });
  });

  describe(`scopes (${name})`, () => {
    it('singleton: one for all; transient: one for each', () => {
      const container = createContainer([Config, { provide: Repo, useClass: Repo, scope: 'transient' }, Service]);
      expect(container.get(Config)).toBe(container.get(Config));
      expect(container.get(Repo)).not.toBe(container.get(Repo));
      expect(container.get(Service).repo).toBe(container.get(Service).repo);
    });
    it('G91: request: one per request scope; two concurrent requests never share, not even what is pending', async () => {
      let calls = 0;
      const user = createToken<{ id: number }>('user');
      const container = createContainer([{ provide: user, useFactory: async () => ({ id: ++calls }), scope: 'request' }]);
      const [a, b] = [container.createScope(), container.createScope()];
      const [a1, a2, b1] = await Promise.all([a.getAsync(user), a.getAsync(user), b.getAsync(user)]);
      expect([a1 === a2, a1 === b1, calls]).toEqual([true, false, 2]);
    });
    it('G90: a request-scoped provider is refused outside of a request scope', () => {
      const container = createContainer([
        { provide: Config, useClass: Config, scope: 'request' },
        { provide: Repo, useClass: Repo, scope: 'transient' },
      ]);
      expect(codeOf(() => container.get(Config))).toBe('no_scope');
      const error = refusal(() => container.get(Repo));
      expect([error.code, error.path]).toEqual(['no_scope', ['Repo', 'Config']]);
      expect(container.createScope().get(Repo).config).toBeInstanceOf(Config);
    });
    it('hands values to a request scope', () => {
      const request = createToken<{ path: string }>('request');
      class Handler {
        static inject = [request] as const;
        constructor(readonly request: { path: string }) {}
      }
      const container = createContainer([
        { provide: request, scope: 'request' },
        { provide: Handler, useClass: Handler, scope: 'request' },
      ]);
      expect(container.createScope().set(request, { path: '/a' }).get(Handler).request.path).toBe('/a');
      expect(refusal(() => container.createScope().get(Handler)).message).toBe(
        'cannot create "request": Handler → "request": "request" has no value; use scope.set()',
      );
      const late = container.createScope();
      expect([codeOf(() => late.get(Handler)), late.set(request, { path: '/b' }).get(Handler).request.path]).toEqual([
        'missing',
        '/b',
      ]);
      expect(codeOf(() => container.set(request, { path: '/' }))).toBe('invalid');
      expect(codeOf(() => container.createScope().set(request, { path: '1' }).set(request, { path: '2' }))).toBe('duplicate');
    });
    it('module: one for each module that asks', () => {
      let made = 0;
      const logger = createToken<number>('logger');
      const logging = defineModule({
        id: 'logging',
        providers: [{ provide: logger, useFactory: () => ++made, scope: 'module' }],
        exports: [logger],
      });
      const [a, b] = ['a', 'b'].map((id) => {
        const token = createToken<number[]>(id);
        return {
          token,
          module: defineModule({
            id,
            imports: [logging],
            providers: [{ provide: token, useFactory: (x: number) => [x, inject(logger)], deps: [logger] }],
            exports: [token],
          }),
        };
      }) as [
        { token: ReturnType<typeof createToken<number[]>>; module: ReturnType<typeof defineModule> },
        { token: ReturnType<typeof createToken<number[]>>; module: ReturnType<typeof defineModule> },
      ];
      const container = createContainer(defineModule({ id: 'app', imports: [a.module, b.module, logging] }));
      expect([container.get(a.token), container.get(b.token), container.get(logger), container.get(logger)]).toEqual([
        [1, 1],
        [2, 2],
        3,
        3,
      ]);
    });
    it('a child looks through its parents, and what a parent provides does not see the child', () => {
      const parent = createContainer([Config, Repo]);
      const child = parent.createChild([{ provide: Config, useValue: { url: 'child' } }]);
      expect([child.get(Config).url, child.get(Repo)]).toEqual(['child', parent.get(Repo)]);
      expect(child.get(Repo).config).toBe(parent.get(Config));
      expect(child.createChild().get(Config).url).toBe('child');
      expect(codeOf(() => createContainer([]).createChild([Repo]))).toBe('missing');
    });
    it('a singleton of a child of a request scope may use what is request-scoped', () => {
      const container = createContainer([{ provide: Config, useClass: Config, scope: 'request' }]);
      const scope = container.createScope();
      expect(scope.createChild([Repo]).get(Repo).config).toBe(scope.get(Config));
    });
    it('gives the container one lives in', () => {
      class Holder {
        static inject = [Container] as const;
        constructor(readonly container: Container) {}
      }
      const root = createContainer([{ provide: Holder, useClass: Holder, scope: 'request' }]);
      const scope = root.createScope();
      const child = root.createChild();
      expect([root.get(Container), scope.get(Container), child.get(Container), scope.get(Holder).container]).toEqual([
        root,
        scope,
        child,
        scope,
      ]);
      expect(child.get(Container)).toBe(child);
      expect([child.get(Container, { skipSelf: true }), child.get(Container, { self: true })]).toEqual([root, child]);
    });
  });

  describe(`injection (${name})`, () => {
    it('inject() works in constructors, factories and run(), and nowhere else', () => {
      class Uses {
        config = inject(Config);
      }
      const url = createToken<string>('url');
      const container = createContainer([Config, Uses, { provide: url, useFactory: () => inject(Uses).config.url }]);
      expect([container.get(url), container.run(() => inject(url))]).toEqual(['db://', 'db://']);
      expect(codeOf(() => inject(Config))).toBe('context');
    });
    it('inject() with optional, self and skipSelf', () => {
      const parent = createContainer([{ provide: Config, useValue: { url: 'parent' } }]);
      const child = parent.createChild([{ provide: Config, useValue: { url: 'child' } }]);
      const grandchild = child.createChild();
      expect(child.run(() => [inject(Config).url, inject(Config, { skipSelf: true }).url])).toEqual(['child', 'parent']);
      expect(grandchild.run(() => inject(Config, { self: true, optional: true }))).toBe(undefined);
      expect(codeOf(() => grandchild.get(Config, { self: true }))).toBe('missing');
      expect(grandchild.get(Config, { skipSelf: true }).url).toBe('child');
      expect(parent.get(Repo, { optional: true })).toBe(undefined);
      class Both {
        static inject = [optional(Config, { skipSelf: true }), optional(Config, { self: true })] as const;
        constructor(
          readonly outer: Config | undefined,
          readonly own: Config | undefined,
        ) {}
      }
      const deep = child.createChild([Both]).get(Both);
      expect([deep.outer?.url, deep.own]).toEqual(['child', undefined]);
    });
    it('optional dependencies keep default values', () => {
      class Needs {
        static inject = [optional(Config)] as const;
        constructor(readonly config: Config | undefined = { url: 'default' }) {}
      }
      expect(createContainer([Needs]).get(Needs).config?.url).toBe('default');
      expect(createContainer([Needs, Config]).get(Needs).config?.url).toBe('db://');
    });
    it('lazy dependencies join two that need each other', () => {
      class A {
        static inject = [lazy(() => B)] as const;
        constructor(readonly b: Lazy<B>) {}
      }
      class B {
        static inject = [A] as const;
        constructor(readonly a: A) {}
      }
      const container = createContainer([A, B]);
      expect(container.get(A).b().a).toBe(container.get(A));
    });
    it('forward references name what is defined later', () => {
      class A {
        static inject = [() => B] as const;
        constructor(readonly b: B) {}
      }
      class B {}
      expect(createContainer([A, B]).get(A).b).toBeInstanceOf(B);
    });
    it('a subclass without a constructor takes what its parent takes', () => {
      class Special extends Repo {}
      expect(createContainer([Special, Config]).get(Special).config).toBeInstanceOf(Config);
    });
    it('a transient of depth ten and a chain of 10,000 singletons can be created', () => {
      const tokens = Array.from({ length: 10_000 }, (_, i) => createToken<number>(`n${i}`));
      const providers: Provider[] = tokens.map((provide, i) => ({
        provide,
        useFactory: (...below: number[]) => (below[0] ?? 0) + 1,
        deps: i + 1 < tokens.length ? [tokens[i + 1]!] : [],
      }));
      expect(createContainer(providers).get(tokens[0]!)).toBe(10_000);
      const requested = providers.map((provider) => ({ ...provider, scope: 'request' }) as Provider);
      expect(createContainer(requested).createScope().get(tokens[0]!)).toBe(10_000);
    });
  });

  describe(`errors at registration (${name})`, () => {
    const db = createToken<string>('db');
    class UserRepo {
      static inject = [Config, db] as const;
      constructor(
        readonly config: Config,
        readonly db: string,
      ) {}
    }
    class UserService {
      static inject = [UserRepo] as const;
      constructor(readonly repo: UserRepo) {}
    }
    class App {
      static inject = [UserService] as const;
      constructor(readonly service: UserService) {}
    }
    it('missing: shows the injection path, the parameter and what to do', () => {
      const error = refusal(() => createContainer([App, UserService, UserRepo, Config]));
      expect(error.code).toBe('missing');
      expect(error.message).toBe(
        'cannot create UserRepo: App → UserService → UserRepo: no provider for token "db" (parameter 2); list it in providers, import a module that exports it, or make it optional',
      );
      expect(error.path).toEqual(['App', 'UserService', 'UserRepo']);
    });
    it('missing: one by one registration is checked before anything is created', () => {
      let created = 0;
      const container = createContainer()
        .provide({ provide: Config, useFactory: () => count(() => created++) })
        .provide(UserRepo);
      expect([codeOf(() => container.get(Config)), codeOf(() => container.validate()), created]).toEqual([
        'missing',
        'missing',
        0,
      ]);
      container.provide({ provide: db, useValue: 'x' });
      expect(container.get(UserRepo).db).toBe('x');
    });
    it('missing: at run time, inject() shows the path too', () => {
      class Leaf {
        db = inject(db);
      }
      class Root {
        static inject = [Leaf] as const;
        constructor(readonly leaf: Leaf) {}
      }
      const error = refusal(() => createContainer([Root, Leaf]).get(Root));
      expect([error.code, error.path]).toEqual(['missing', ['Root', 'Leaf']]);
    });
    it('missing: in run(), names the class alone, or the path from the class that run() has requested', () => {
      class Leaf {
        db = inject(db);
      }
      const container = createContainer([Leaf]);
      const text = 'list it in providers, import a module that exports it, or make it optional';
      const direct = refusal(() => container.run(() => inject(UserRepo)));
      expect([direct.path, direct.message]).toEqual([[], `no provider for UserRepo; ${text}`]);
      const below = refusal(() => container.run(() => inject(Leaf)));
      expect([below.path, below.message]).toEqual([['Leaf'], `cannot create Leaf: no provider for token "db"; ${text}`]);
    });
    it('all mistakes of a graph at once', () => {
      const other = createToken<string>('other');
      const twice = () => createContainer([UserRepo, Config, { provide: other, useFactory: (_: Repo) => '', deps: [Repo] }]);
      try {
        twice();
        expect.unreachable();
      } catch (error) {
        expect((error as AggregateError).errors.map((each: NexusError) => each.code)).toEqual(['missing', 'missing']);
      }
    });
    it('cycle: shows it, also when inject() closes it at run time', () => {
      class A {
        static inject = [() => B] as const;
        constructor(readonly b: unknown) {}
      }
      class B {
        static inject = [A] as const;
        constructor(readonly a: A) {}
      }
      const error = refusal(() => createContainer([A, B]));
      expect([error.code, error.message]).toEqual([
        'cycle',
        'cannot create A: A → B → A: circular dependency; inject one of them with lazy(() => A)',
      ]);
      class C {
        d: unknown = inject(D);
      }
      class D {
        c: unknown = inject(C);
      }
      for (const scope of ['singleton', 'transient'] as const) {
        const container = createContainer([
          { provide: C, useClass: C, scope },
          { provide: D, useClass: D, scope },
        ]);
        const late = refusal(() => container.get(C));
        expect([late.code, late.path]).toEqual(['cycle', ['C', 'D', 'C']]);
        expect(codeOf(() => container.get(C))).toBe('cycle');
      }
    });
    it('cycle: asynchronous factories that ask for each other before their first await, also after waiting for a dependency', async () => {
      const [slow, a, b] = [createToken<number>('slow'), createToken<number>('a'), createToken<number>('b')];
      for (const deps of [[], [slow]]) {
        const container: Container = createContainer([
          { provide: slow, useFactory: async () => 1 },
          { provide: a, useFactory: async (..._: number[]) => (await container.getAsync(b)) + 1, deps },
          { provide: b, useFactory: async () => (await container.getAsync(a)) + 1 },
        ]);
        const error = await rejection(container.getAsync(a));
        expect([error.code, error.path]).toEqual(['cycle', ['"a"', '"b"', '"a"']]);
      }
    });
    it('G90: captive: a singleton that needs a request-scoped one, also through a transient, a list, an alias, a lazy one', () => {
      const request = { provide: Config, useClass: Config, scope: 'request' } as const;
      const error = refusal(() => createContainer([request, { provide: Repo, useClass: Repo, scope: 'transient' }, Service]));
      expect([error.code, error.path]).toEqual(['captive', ['Service', 'Repo', 'Config']]);
      const list = createToken<Config[]>('list');
      const alias = createToken<unknown>('alias');
      const need = (dep: never) => ({ provide: createToken<unknown>('holder'), useFactory: (..._: unknown[]) => 1, deps: [dep] });
      expect(
        codeOf(() => createContainer([{ ...request, provide: list, multi: true, useClass: Config }, need(list as never)])),
      ).toBe('captive');
      expect(codeOf(() => createContainer([request, { provide: alias, useExisting: Config }, need(alias as never)]))).toBe(
        'captive',
      );
      expect(codeOf(() => createContainer([request, need(lazy(() => Config) as never)]))).toBe('captive');
      class Sneaky {
        config = inject(Config);
      }
      const container = createContainer([request, Sneaky]);
      expect(codeOf(() => container.createScope().get(Sneaky))).toBe('captive');
    });
    it('duplicate: unless it says override', () => {
      expect(codeOf(() => createContainer([Config, Config]))).toBe('duplicate');
      expect(createContainer([Config, { provide: Config, useValue: { url: 'new' }, override: true }]).get(Config).url).toBe(
        'new',
      );
      const container = createContainer([Config]);
      container.get(Config);
      expect(codeOf(() => container.provide({ provide: Config, useValue: { url: '' }, override: true }))).toBe('invalid');
    });
    it('arity: fewer dependencies than parameters', () => {
      class Plain {
        constructor(
          readonly a: Config,
          readonly b: Config,
        ) {}
      }
      const error = refusal(() => createContainer([Plain]));
      expect([error.code, error.message]).toEqual([
        'arity',
        'cannot create Plain: Plain takes 2 parameters, 0 are declared; use static inject, deps or @Inject()',
      ]);
      const token = createToken<string>('t');
      expect(codeOf(() => createContainer([{ provide: token, useFactory: (a: string) => a } as never]))).toBe('arity');
    });
    it('invalid: what is not a provider', () => {
      expect(codeOf(() => createContainer([undefined as never]))).toBe('invalid');
      expect(codeOf(() => createContainer([{ provide: db } as never]))).toBe('invalid');
      expect(codeOf(() => createContainer().createScope().provide(Config))).toBe('invalid');
    });
    it('invalid: a scope that there is not', () => {
      const scope = 'Request' as never;
      class Said {}
      Injectable({ scope })(Said);
      for (const provider of [{ provide: Said, useClass: Config, scope }, { provide: Said, useFactory: () => 1, scope }, Said])
        expect(refusal(() => createContainer([provider]))).toMatchObject({
          code: 'invalid',
          message: 'cannot create Said: unknown scope Request',
          path: ['Said'],
        });
    });
    it('validate() creates nothing', () => {
      let created = 0;
      createContainer()
        .provide({ provide: Config, useFactory: () => count(() => created++) })
        .provide(Repo)
        .validate();
      expect(created).toBe(0);
    });
  });

  describe(`modules (${name})`, () => {
    const secret = createToken<string>('secret');
    const open = createToken<string>('open');
    const inner = defineModule({
      id: 'inner',
      providers: [
        { provide: secret, useValue: 's' },
        { provide: open, useFactory: (s: string) => `open ${s}`, deps: [secret] },
      ],
      exports: [open],
    });
    it('H106: exports are enforced', () => {
      const container = createContainer(defineModule({ id: 'app', imports: [inner] }));
      expect([container.get(open), codeOf(() => container.get(secret))]).toEqual(['open s', 'missing']);
    });
    it("H106: an importer's providers are invisible to its imports", () => {
      const needy = defineModule({ id: 'needy', providers: [{ provide: open, useFactory: (s: string) => s, deps: [secret] }] });
      expect(
        codeOf(() =>
          createContainer(defineModule({ id: 'app', imports: [needy], providers: [{ provide: secret, useValue: 'app' }] })),
        ),
      ).toBe('missing');
    });
    it('H106: a module met twice is compiled once', () => {
      let made = 0;
      const shared = defineModule({
        id: 'shared',
        providers: [{ provide: Config, useFactory: () => count(() => made++) }],
        exports: [Config],
      });
      const [left, right] = ['left', 'right'].map((id) => {
        const token = createToken<Config>(id);
        return [
          token,
          defineModule({ id, imports: [shared], providers: [{ provide: token, useExisting: Config }], exports: [token] }),
        ] as const;
      }) as unknown as [
        [ReturnType<typeof createToken<Config>>, typeof shared],
        [ReturnType<typeof createToken<Config>>, typeof shared],
      ];
      const container = createContainer(defineModule({ id: 'app', imports: [left[1], right[1], () => shared] }));
      expect(container.get(left[0])).toBe(container.get(right[0]));
      expect(made).toBe(1);
      const child = container.createChild(shared).provide(Repo);
      expect(child.get(Config)).toBe(container.get(left[0]));
      child[Symbol.dispose]();
      expect([container.get(left[0]), container.has(Repo)]).toEqual([container.get(Config), false]);
      expect(container.createChild(shared).get(Config)).toBe(container.get(Config));
    });
    it('re-exports modules, and tokens it imports', () => {
      const byModule = defineModule({ id: 'm', imports: [inner], exports: [inner] });
      const byToken = defineModule({ id: 't', imports: [byModule], exports: [open] });
      expect(createContainer(defineModule({ id: 'app', imports: [byToken] })).get(open)).toBe('open s');
    });
    it('export: refuses to export what it neither provides nor imports', () => {
      expect(refusal(() => createContainer(defineModule({ id: 'app', exports: [open] }))).code).toBe('export');
      const bad = defineModule({ id: 'bad', exports: [inner] });
      const error = refusal(() => createContainer(defineModule({ id: 'app', imports: [bad] })));
      expect([error.code, error.message]).toEqual(['export', 'bad exports "inner" but neither provides nor imports it']);
    });
    it('duplicate: two imports that export one token; own providers go first', () => {
      const other = defineModule({ id: 'other', providers: [{ provide: open, useValue: 'other' }], exports: [open] });
      expect(codeOf(() => createContainer(defineModule({ id: 'app', imports: [inner, other] })))).toBe('duplicate');
      const app = defineModule({ id: 'app', imports: [inner], providers: [{ provide: open, useValue: 'own' }] });
      expect(createContainer(app).get(open)).toBe('own');
    });
    it('joins lists from several modules, each item once', () => {
      const routes = createToken<string[]>('routes');
      const [a, b] = ['a', 'b'].map((id) =>
        defineModule({ id, providers: [{ provide: routes, useValue: id, multi: true }], exports: [routes] }),
      );
      const c = defineModule({ id: 'c', imports: [a!], exports: [routes] });
      const app = defineModule({
        id: 'app',
        imports: [a!, b!, c],
        providers: [{ provide: routes, useValue: 'app', multi: true }],
      });
      expect(createContainer(app).get(routes)).toEqual(['app', 'a', 'b']);
    });
    it('global modules are seen by all', () => {
      const global = defineModule({ id: 'g', providers: [Config], exports: [Config], global: true });
      const feature = defineModule({ id: 'f', providers: [Repo], exports: [Repo] });
      expect(createContainer(defineModule({ id: 'app', imports: [feature, global] })).get(Repo).config).toBeInstanceOf(Config);
    });
    it('modules may import each other', () => {
      const a: ReturnType<typeof defineModule> = defineModule({
        id: 'a',
        imports: [() => b],
        providers: [Repo],
        exports: [Repo],
      });
      const b: ReturnType<typeof defineModule> = defineModule({
        id: 'b',
        imports: [() => a],
        providers: [Config],
        exports: [Config],
      });
      expect(createContainer(a).get(Repo).config).toBeInstanceOf(Config);
    });
    it('forRoot, forRootAsync and forFeature', async () => {
      const options = createToken<{ url: string }>('options');
      class Client {
        static inject = [options] as const;
        constructor(readonly options: { url: string }) {}
      }
      class DbModule extends configurable(options) {}
      Module({ providers: [Client], exports: [Client], global: true })(DbModule);
      const users = createToken<string>('users');
      const feature = defineModule({
        id: 'feature',
        imports: [
          DbModule.forFeature([{ provide: users, useFactory: (client: Client) => `${client.options.url}users`, deps: [Client] }]),
        ],
        exports: [users],
      });
      const app = createContainer(defineModule({ id: 'app', imports: [feature, DbModule.forRoot({ url: 'a/' })] }));
      expect([app.get(users), app.get(Client).options.url]).toEqual(['a/users', 'a/']);
      const settings = defineModule({ id: 'settings', providers: [Config], exports: [Config] });
      const later = DbModule.forRootAsync({
        imports: [settings],
        deps: [Config],
        useFactory: async (config) => ({ url: config.url }),
      });
      const slow = createContainer(defineModule({ id: 'app', imports: [later, feature] }));
      expect((await slow.getAsync(Client)).options.url).toBe('db://');
      const other = defineModule({ id: 'other', imports: [DbModule] });
      expect(
        codeOf(() =>
          createContainer(
            defineModule({ id: 'app', imports: [other, DbModule.forRoot({ url: '1' }), DbModule.forRoot({ url: '2' })] }),
          ),
        ),
      ).toBe('duplicate');
    });
    it('what forFeature adds is visible to its importer alone', () => {
      const options = createToken<string>('options');
      class M extends configurable(options) {}
      Module()(M);
      const [x, y] = [createToken<string>('x'), createToken<string>('y')];
      const a = defineModule({ id: 'a', imports: [M.forFeature([{ provide: x, useValue: 'x' }])], exports: [x] });
      const b = defineModule({ id: 'b', imports: [M.forFeature([{ provide: y, useValue: 'y' }])], exports: [x] });
      expect(createContainer(a).get(x)).toBe('x');
      expect(codeOf(() => createContainer(defineModule({ id: 'app', imports: [a, b] })))).toBe('export');
    });
    it('H106: what forRoot adds is exported, what the module keeps to itself is not', () => {
      const options = createToken<string>('options');
      class M extends configurable(options) {}
      Module({ providers: [Config] })(M);
      const container = createContainer(defineModule({ id: 'app', imports: [M.forRoot('o')] }));
      expect([container.get(options), container.has(Config)]).toEqual(['o', false]);
    });
    it('a module class is provided itself, and seen by importers', () => {
      class LoggerModule {
        name = 'logger';
      }
      Module()(LoggerModule);
      class AppModule {
        static inject = [LoggerModule] as const;
        constructor(readonly logger: LoggerModule) {}
      }
      Module({ imports: [LoggerModule] })(AppModule);
      expect(createContainer(AppModule).get(AppModule).logger.name).toBe('logger');
    });
  });

  describe(`life (${name})`, () => {
    it('G92: disposes in reverse order of creation, goes on after a failing one, reports all', async () => {
      log.length = 0;
      const a = closing('a');
      const b = closing('b', [a.provide]);
      const bad = {
        provide: createToken<unknown>('bad'),
        useFactory: (..._: unknown[]) => ({ [Symbol.asyncDispose]: () => Promise.reject(new Error('bad')) }),
        deps: [b.provide],
      };
      const worse = {
        provide: createToken<unknown>('worse'),
        useFactory: (..._: unknown[]) => ({}),
        deps: [bad.provide],
        onDispose: () => {
          throw new Error('worse');
        },
      };
      const c = closing('c', [worse.provide]);
      const container = createContainer([c, worse, bad, b, a]);
      container.get(c.provide);
      const end = container.dispose();
      expect(container.dispose()).toBe(end);
      const error = await end.then(
        () => undefined,
        (e: AggregateError) => e,
      );
      expect(error).toBeInstanceOf(AggregateError);
      expect(error?.errors.map((each: Error) => each.message)).toEqual(['worse', 'bad']);
      expect(log).toEqual(['c', 'b', 'a']);
    });
    it('disposes of what was created, each once, and of children and scopes before it', async () => {
      log.length = 0;
      const [a, b, c, unused] = [closing('a'), closing('b'), closing('c'), closing('unused')];
      const root = createContainer([a, unused, { ...b, scope: 'request' }, { ...closing('t'), scope: 'transient' }]);
      {
        await using scope = root.createScope();
        scope.get(b.provide);
        scope.get(a.provide);
      }
      expect(log).toEqual(['b']);
      const scope = root.createScope();
      scope.get(b.provide);
      const child = root.createChild([c]);
      child.get(c.provide);
      await root.dispose();
      await scope.dispose();
      expect(log).toEqual(['b', 'c', 'b', 'a']);
      expect([codeOf(() => root.get(a.provide)), codeOf(() => child.get(c.provide)), codeOf(() => scope.get(b.provide))]).toEqual(
        ['disposed', 'disposed', 'disposed'],
      );
    });
    it('disposes of grandchildren, and a scope ends with what it was made from', async () => {
      log.length = 0;
      const [a, b] = [closing('a'), closing('b')];
      let arrive!: (value: Closing) => void;
      const slow = createToken<Closing>('slow');
      const root = createContainer([
        a,
        {
          provide: slow,
          scope: 'request',
          useFactory: () =>
            new Promise<Closing>((resolve) => {
              arrive = resolve;
            }),
        },
      ]);
      root.get(a.provide);
      root.createScope().createChild([b]).get(b.provide);
      const dropped = root.createScope();
      const asked = rejection(dropped.getAsync(slow));
      await root.dispose();
      expect(log).toEqual(['b', 'a']);
      expect(codeOf(() => dropped.get(a.provide))).toBe('disposed');
      arrive(new Closing('late'));
      expect([(await asked).code, log]).toEqual(['disposed', ['b', 'a', 'late']]);
    });
    it('using disposes synchronously and says what it could not wait for', () => {
      log.length = 0;
      const a = closing('a');
      {
        using container = createContainer([a]);
        container.get(a.provide);
      }
      expect(log).toEqual(['a']);
      const slow = { provide: createToken<unknown>('slow'), useFactory: () => ({ [Symbol.asyncDispose]: async () => {} }) };
      const container = createContainer([slow, a]);
      container.get(a.provide);
      container.get(slow.provide);
      expect(() => container[Symbol.dispose]()).toThrow(AggregateError);
      expect(log).toEqual(['a', 'a']);
    });
    it('calls onDispose of values, instances and containers', async () => {
      log.length = 0;
      class Hook {
        onDispose() {
          log.push('hook');
        }
      }
      const value = createToken<string>('value');
      const container = createContainer([Hook, { provide: value, useValue: 'v', onDispose: (v: string) => log.push(v) }]);
      container.get(Hook);
      container.onDispose(() => log.push('container'));
      await container.dispose();
      expect(log).toEqual(['container', 'hook', 'v']);
    });
    it('waits for what is being created, disposes of it and refuses it', async () => {
      log.length = 0;
      let arrive!: (value: Closing) => void;
      const slow = createToken<Closing>('slow');
      const after = createToken<number>('after');
      let reached = 0;
      const container = createContainer([
        {
          provide: slow,
          useFactory: () =>
            new Promise<Closing>((resolve) => {
              arrive = resolve;
            }),
        },
        { provide: after, useFactory: (_: Closing) => ++reached, deps: [slow] },
      ]);
      const asked = rejection(container.getAsync(after));
      const end = container.dispose();
      arrive(new Closing('late'));
      await end;
      expect([(await asked).code, log, reached]).toEqual(['disposed', ['late'], 0]);
    });
    it('waits for a transient that a child asked for, and a child that ends takes no lazy one along', async () => {
      let arrive!: (value: number) => void;
      const slow = createToken<number>('slow');
      class Needs {
        static inject = [lazy(() => Config)] as const;
        constructor(readonly config: () => Config) {}
      }
      const container = createContainer([
        Config,
        { provide: Needs, useClass: Needs, scope: 'transient' },
        {
          provide: slow,
          scope: 'transient',
          useFactory: () =>
            new Promise<number>((resolve) => {
              arrive = resolve;
            }),
        },
      ]);
      const child = container.createChild();
      const { config } = child.get(Needs);
      await child.dispose();
      expect(config()).toBe(container.get(Config));

      const asked = rejection(container.createChild().getAsync(slow));
      let ended = false;
      const end = container.dispose().then(() => {
        ended = true;
      });
      await Promise.resolve().then(() => Promise.resolve());
      expect(ended).toBe(false);
      arrive(1);
      await end;
      expect((await asked).code).toBe('disposed');
    });
  });

  describe(`tools (${name})`, () => {
    it('replaces providers for a test, in whatever module they are, and nothing of what they needed', () => {
      const db = createToken<string>('db');
      const inner = defineModule({
        id: 'inner',
        providers: [{ provide: db, useFactory: (_: Config) => 'real', deps: [Config] }, Config, Repo],
        exports: [db],
      });
      const plugins = createToken<string[]>('plugins');
      const app = defineModule({
        id: 'app',
        imports: [inner],
        providers: [
          { provide: plugins, useValue: 'a', multi: true },
          { provide: plugins, useValue: 'b', multi: true },
        ],
      });
      const container = createTestContainer(app, {
        override: [
          { provide: db, useValue: 'fake' },
          { provide: plugins, useValue: ['test'] },
        ],
      });
      expect([container.get(db), container.get(plugins)]).toEqual(['fake', ['test']]);
      const needy = defineModule({ id: 'needy', providers: [Repo], exports: [Repo] });
      const fake = { config: new Config() };
      const replaced = createTestContainer(defineModule({ id: 'app', imports: [needy] }), {
        override: [{ provide: Repo, useValue: fake }],
      });
      expect(replaced.get(Repo)).toBe(fake);
      const extra = createToken<number>('extra');
      expect(createTestContainer(app, { override: [{ provide: extra, useValue: 1 }] }).get(extra)).toBe(1);
    });
    it('describes the graph as plain data', () => {
      const container = createContainer(
        defineModule({
          id: 'app',
          providers: [
            Service,
            Repo,
            Config,
            { provide: createToken('l'), useFactory: (_: unknown) => 1, deps: [lazy(() => Service)] },
          ],
        }),
      );
      container.get(Config);
      const graph = JSON.parse(JSON.stringify(graphOf(container))) as Graph;
      const name = (id: number) => graph.nodes[id]!.name;
      expect(graph.edges.map(({ from, to, lazy }) => [name(from), name(to), lazy])).toEqual([
        ['Service', 'Repo', false],
        ['Service', 'Config', false],
        ['Repo', 'Config', false],
        ['"l"', 'Service', true],
      ]);
      expect(graph.nodes[2]).toEqual({ id: 2, name: 'Config', kind: 'class', scope: 'singleton', module: 'app', created: true });
    });
  });
}
