import type { MiddlewareContext, NetronMiddleware } from '@omnitron-dev/netron-browser';
import { Injectable, Module } from '@omnitron-dev/nexus';
import { beforeEach, describe, expect, it } from 'vitest';
import { compileModule, computed, createApp, defineModule, inject, signal } from '../../src/index.js';
import {
  BACKEND_CONFIG,
  Backend,
  defineNetronService,
  getBackendName,
  getServiceName,
  Mutation,
  NetronClient,
  NetronModule,
  NetronService,
  NetronStore,
  Query,
  useBackend,
  useMutation,
  useNetronClient,
  useQuery,
} from '../../src/netron/index.js';
import { emptied, page, setup, until } from './page.js';
import type { IUserService, User } from './server.js';
import { sharedUserServer } from './shared-server.js';

const server = await sharedUserServer();
beforeEach(() => {
  server.users.set('1', { id: '1', name: 'Ada', active: true });
});

@Injectable()
class UserService extends NetronService<IUserService> {}

describe('useQuery', () => {
  it('shows data, loading and error as signals', async () => {
    const { result, dispose } = setup(page(server.url, UserService), () => useQuery(UserService, 'getUsers'));
    expect([result.data(), result.loading(), result.error()]).toEqual([undefined, true, undefined]);
    expect(await until(result.data, Boolean)).toHaveLength(2);
    expect([result.loading(), result.fetching(), result.stale()]).toEqual([false, false, false]);
    dispose();
  });

  it('makes one request for equal reads, and none for cached values', async () => {
    const container = page(server.url, UserService);
    const { result, dispose } = setup(container, () => [
      useQuery(UserService, 'getUsers', []),
      useQuery(UserService, 'getUsers', []),
    ]);
    await Promise.all(result.map(({ data }) => until(data, Boolean)));
    expect(server.calls.getUsers).toBe(1);
    dispose();
    const again = setup(container, () => useQuery(UserService, 'getUsers'));
    expect(again.result.data()).toHaveLength(2);
    expect(server.calls.getUsers).toBe(1);
    again.dispose();
  });

  it('follows its arguments, hides the previous value, and waits while there are no arguments', async () => {
    const id = signal<string | undefined>(undefined);
    const { result, dispose } = setup(page(server.url, UserService), () =>
      useQuery(UserService, 'getUser', () => id() && [id() as string]),
    );
    expect([result.data(), result.loading()]).toEqual([undefined, false]);
    id.set('1');
    expect((await until(result.data, Boolean))?.name).toBe('Ada');
    id.set('2');
    expect(result.data()).toBeUndefined();
    expect((await until(result.data, Boolean))?.name).toBe('Grace');
    expect(server.calls.getUser).toBe(2);
    dispose();
  });

  it('keeps the previous data if configured', async () => {
    const id = signal('1');
    const { result, dispose } = setup(page(server.url, UserService), () =>
      useQuery(UserService, 'getUser', () => [id()], { keepPrevious: true }),
    );
    await until(result.data, Boolean);
    id.set('2');
    expect(result.data()?.name).toBe('Ada');
    await until(result.data, (user) => user?.name === 'Grace');
    dispose();
  });

  it('exposes errors, and recovers by refetch', async () => {
    server.users.delete('1');
    const { result, dispose } = setup(page(server.url, UserService), () => useQuery(UserService, 'getUser', ['1']));
    expect((await until(result.error, Boolean))?.message).toContain("no user '1'");
    server.users.set('1', { id: '1', name: 'Ada', active: true });
    await result.refetch();
    expect(result.data()?.name).toBe('Ada');
    expect(result.error()).toBeUndefined();
    dispose();
  });

  it('arguments that cannot be sent cause an error that names the path; so does an invalid answer', async () => {
    const { result, dispose } = setup(page(server.url, UserService), () => ({
      unsent: useQuery(UserService, 'getUser', [{ id: { of: () => '1' } } as never]),
      refused: useQuery(UserService, 'getUser', ['2'], { validate: ({ name }) => name.startsWith('A') }),
      fitting: useQuery(UserService, 'getUser', ['1'], { validate: ({ name }) => name.startsWith('A') }),
    }));
    expect((await until(result.unsent.error, Boolean))?.message).toMatch(/^argument \[0\]\.id\.of is a function/);
    expect(await until(result.refused.error, Boolean)).toBeInstanceOf(Error);
    expect(result.refused.data()).toBeUndefined();
    expect((await until(result.fitting.data, Boolean))?.name).toBe('Ada');
    expect(server.calls.getUser).toBe(2);
    dispose();
  });

  it('transform affects only its own reader', async () => {
    const { result, dispose } = setup(page(server.url, UserService), () => ({
      names: useQuery(UserService, 'getUsers', [], { transform: (users) => users.map(({ name }) => name) }),
      users: useQuery(UserService, 'getUsers'),
    }));
    expect(await until(result.names.data, Boolean)).toEqual(['Ada', 'Grace']);
    expect(await until(result.users.data, Boolean)).toHaveLength(2);
    expect(server.calls.getUsers).toBe(1);
    dispose();
  });

  it('ends the call on the server when its component ends', async () => {
    const { result, dispose } = setup(page(server.url, UserService), () => useQuery(UserService, 'never', [], { cache: 1 }));
    while (server.running.size === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(result.loading()).toBe(true);
    dispose();
    await emptied(server.running);
  });

  it('calls a method implemented by the class, and follows its reads', async () => {
    @Injectable()
    class ActiveUsers extends NetronService<IUserService> {
      override async getUsers(): Promise<User[]> {
        const users = await this.query('getUsers', []);
        return users.filter(({ active }) => active);
      }
    }
    Backend('main', { service: 'user' })(ActiveUsers);
    const { result, dispose } = setup(page(server.url, ActiveUsers), () => ({
      active: useQuery(ActiveUsers, 'getUsers'),
      rename: useMutation(ActiveUsers, 'rename'),
    }));
    expect((await until(result.active.data, Boolean))?.map(({ name }) => name)).toEqual(['Ada']);
    await result.rename.mutate('1', 'Lovelace');
    await until(result.active.data, (users) => users?.[0]?.name === 'Lovelace');
    dispose();
  });
});

describe('useMutation', () => {
  it('passes all arguments, and refetches reads with the same tags', async () => {
    const succeeded: User[] = [];
    const { result, dispose } = setup(page(server.url, UserService), () => ({
      user: useQuery(UserService, 'getUser', ['1']),
      rename: useMutation(UserService, 'rename', { onSuccess: (user) => succeeded.push(user) }),
    }));
    await until(result.user.data, Boolean);
    const renaming = result.rename.mutate('1', 'Countess');
    expect(result.rename.loading()).toBe(true);
    expect((await renaming).name).toBe('Countess');
    expect([result.rename.loading(), result.rename.data()?.name]).toEqual([false, 'Countess']);
    expect(succeeded.map(({ name }) => name)).toEqual(['Countess']);
    await until(result.user.data, (user) => user?.name === 'Countess');
    result.rename.reset();
    expect(result.rename.data()).toBeUndefined();
    dispose();
  });

  it('shows an optimistic update at once and reverts it on failure, including signals', async () => {
    const renaming = signal('');
    const failed: Error[] = [];
    const { result, dispose } = setup(page(server.url, UserService), () => ({
      users: useQuery(UserService, 'getUsers', [], { cache: { maxAge: 60_000, tags: ['users'] } }),
      fail: useMutation(UserService, 'fail', {
        invalidate: ['users'],
        optimistic: (current: User[] | undefined, message) => {
          renaming.set(message);
          return current?.map((user) => ({ ...user, name: message }));
        },
        onError: (error) => failed.push(error),
      }),
    }));
    await until(result.users.data, Boolean);
    const failing = result.fail.mutate('no!');
    await until(renaming, (text) => text === 'no!');
    expect(result.users.data()?.map(({ name }) => name)).toEqual(['no!', 'no!']);
    await expect(failing).rejects.toMatchObject({ code: 'failed_precondition' });
    expect(result.users.data()?.map(({ name }) => name)).toEqual(['Ada', 'Grace']);
    expect(renaming()).toBe('');
    expect(result.fail.error()?.message).toBe('no!');
    expect(failed).toHaveLength(1);
    dispose();
  });

  it('a call that outlives its component resolves and sets nothing', async () => {
    const { result, dispose } = setup(page(server.url, UserService), () => useMutation(UserService, 'rename'));
    const renaming = result.mutate('1', 'Late');
    dispose();
    expect((await renaming).name).toBe('Late');
    expect(result.data()).toBeUndefined();
  });
});

describe('services and stores', () => {
  it('have the methods of their contract, and are not promises', async () => {
    const container = page(server.url, UserService);
    const users = container.get(UserService);
    expect((await users.getUser('2')).name).toBe('Grace');
    expect(await users).toBe(users);
    expect(JSON.stringify(users)).toBe('{"netron":{}}');
    expect(users.getUsers).toBe(users.getUsers);
    await container.dispose();
  });

  it('a store reads, changes and reverts the writes of its actions', async () => {
    @Injectable()
    @Backend('main', { service: 'user' })
    class UserStore extends NetronStore<IUserService> {
      users = signal<User[]>([]);
      loading = signal(false);
      activeUsers = computed(() => this.users().filter(({ active }) => active));
      loadUsers() {
        return this.withLoading(this.loading, async () =>
          this.users.set(await this.query('getUsers', [], { cache: { maxAge: 60_000 } })),
        );
      }
      async failAll(message: string) {
        await this.mutate('fail', [message], {
          optimistic: () => this.users.set(this.users().map((user) => ({ ...user, name: message }))),
          invalidate: ['users'],
        });
      }
    }
    const store = page(server.url, UserStore).get(UserStore);
    const loading = store.loadUsers();
    expect(store.loading()).toBe(true);
    await loading;
    expect(store.loading()).toBe(false);
    expect(store.activeUsers().map(({ name }) => name)).toEqual(['Ada']);
    const failing = store.failAll('x');
    await until(store.users, (users) => users.every(({ name }) => name === 'x'));
    await expect(failing).rejects.toMatchObject({ code: 'failed_precondition' });
    expect(store.users().map(({ name }) => name)).toEqual(['Ada', 'Grace']);
  });

  it('read default options from decorators and from defineNetronService', async () => {
    class Cached extends NetronService<IUserService> {
      @Query({ transform: (users) => (users as User[]).slice(0, 1) })
      override getUsers(): Promise<User[]> {
        return this.query('getUsers', []);
      }
      @Mutation({ invalidate: ['users'] })
      override rename(id: string, name: string): Promise<User> {
        return this.mutate('rename', [id, name.toUpperCase()]);
      }
    }
    Backend('main', { service: 'user' })(Cached);
    const client = page(server.url).get(NetronClient);
    expect(await client.service(Cached).getUsers()).toHaveLength(1);
    expect((await client.service(Cached).rename('1', 'ada')).name).toBe('ADA');
    const Defined = defineNetronService<IUserService>({
      name: 'user@^1.0.0',
      queries: { getUsers: { transform: (users) => (users as User[]).length as never } },
    });
    expect(await client.service(Defined).getUsers()).toBe(2);
  });

  it('derive names and backends from decorators, otherwise from the class', () => {
    class HTTPProxyService extends NetronService<IUserService> {}
    class PlainStore extends NetronStore<IUserService> {}
    class Named extends NetronService<IUserService> {}
    Backend('audit', { service: 'people@2' })(Named);
    class Below extends Named {}
    expect([HTTPProxyService, PlainStore, UserService].map(getServiceName)).toEqual(['http-proxy', 'plain', 'user']);
    expect([getServiceName(Below), getBackendName(Below)]).toEqual(['people@2', 'audit']);
    expect(getBackendName(UserService)).toBeUndefined();
  });
});

describe('backends', () => {
  it('need only addresses in the root module', async () => {
    @Module({ backends: { main: server.url, other: 'http://127.0.0.1:1' }, providers: [UserService] })
    class AppModule {}
    const container = compileModule(AppModule);
    expect((await container.get(UserService).getUser('1')).name).toBe('Ada');
    const client = container.run(() => useNetronClient());
    expect(client.backends).toEqual(['main', 'other']);
    expect(container.run(() => useBackend('other')).url).toBe('http://127.0.0.1:1/netron');
    expect(() => client.backend('third')).toThrow("unknown backend 'third'; known: main, other");
    await container.dispose();
  });

  it('can be configured one by one, with middleware created by the container', async () => {
    const seen: string[] = [];
    @Injectable()
    class Version implements NetronMiddleware {
      priority = 100;
      stage = 'PRE_REQUEST';
      async execute(context: MiddlewareContext, next: () => Promise<void>) {
        context.request.headers = { ...context.request.headers, 'x-app-version': '1.0.0' };
        await next();
        seen.push(context.method);
      }
    }
    @Module({
      imports: [
        NetronModule.forRoot({
          default: 'api',
          backends: {
            old: 'http://127.0.0.1:1',
            api: { url: server.url, middleware: [Version], cache: { maxEntries: 1 }, retry: { attempts: 2 }, timeout: 5_000 },
          },
        }),
      ],
    })
    class AppModule {}
    const container = compileModule(AppModule);
    const client = container.get(NetronClient);
    expect(await client.query<User[]>('user', 'getUsers')).toHaveLength(2);
    expect((await client.mutate<User>('user', 'rename', ['1', 'X'], { invalidate: ['users'] })).name).toBe('X');
    expect(seen).toContain('getUsers');
    client.invalidate('users');
    expect(client.getCacheStats()).toMatchObject({ entries: 0 });
    expect(client.backend().cache.getStats().entries).toBe(1);
    await container.dispose();
  });

  it('an unknown default and a duplicate name are errors', () => {
    const make = (config: object) => () =>
      compileModule([{ provide: NetronClient, useFactory: () => new NetronClient(config) }]).get(NetronClient);
    expect(make({ backends: { a: 'http://a' }, default: 'b' })).toThrow("unknown backend 'b'; known: a");
    expect(make({ baseUrl: 'http://a', backends: { main: 'http://b' } })).toThrow("backend 'main' is given twice");
    expect(make({ backends: { a: 1 } })).toThrow("backend 'a': options must be an object (url, ");
  });

  it('an unknown backend is reported when the application is created: the default, and that of a provided service', () => {
    const backends = { a: 'http://a', b: 'http://b' };
    const unknown = {
      code: 'unknown_backend',
      message: expect.stringMatching(/^unknown backend 'c'; known: a, b$/) as string,
    };
    const failure = (make: () => unknown): unknown => {
      try {
        make();
      } catch (error) {
        return error;
      }
      return undefined;
    };
    @Module({ default: 'c' })
    class Empty {}
    expect(failure(() => createApp(Empty))).toMatchObject({
      message: expect.stringMatching(/^unknown backend 'c'; known: none; configure one by/) as string,
    });
    @Module({ backends, default: 'c' })
    class Plain {}
    expect(failure(() => createApp(Plain))).toMatchObject(unknown);
    expect(failure(() => createApp(defineModule({ id: 'plain', backends, default: 'c' })))).toMatchObject(unknown);
    expect(failure(() => NetronModule.forRoot({ backends, default: 'c' }))).toMatchObject(unknown);
    const Named = defineNetronService<IUserService>({ name: 'user', backend: 'c' });
    @Backend('c')
    @Injectable()
    class Told extends NetronService<IUserService> {}
    for (const [name, service] of Object.entries({ user: Named, told: Told })) {
      const told = { ...unknown, message: `service '${name}': unknown backend 'c'; known: a, b` };
      expect(failure(() => createApp(defineModule({ id: 'root', backends, providers: [service] })))).toMatchObject(told);
      const imports = [NetronModule.forRoot({ backends })];
      expect(failure(() => createApp(defineModule({ id: 'for-root', imports, providers: [service] })))).toMatchObject(told);
      expect(failure(() => createApp(defineModule({ id: 'beside', imports }), { providers: [service] }))).toMatchObject(told);
      // Nothing is created to find out: the configuration is made later.
      const later = { provide: BACKEND_CONFIG, useFactory: () => Promise.reject(new Error('not asked for')) };
      expect(failure(() => createApp([service, later]))).toBeUndefined();
      expect(failure(() => createApp([service]))).toMatchObject({ message: expect.stringContaining('known: none') as string });
    }
    @Backend('b')
    @Injectable()
    class Known extends NetronService<IUserService> {}
    expect(failure(() => createApp(defineModule({ id: 'known', backends, default: 'a', providers: [Known] })))).toBeUndefined();
  });

  it('inject() outside of a component throws an error that names the remedy', () => {
    expect(() => inject(NetronClient)).toThrow('useInjector()');
  });
});
