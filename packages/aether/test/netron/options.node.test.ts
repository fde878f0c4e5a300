/** Unknown options are errors where they are given, with the known ones; methods that a service does not have are reported. */
import { expect, it, vi } from 'vitest';
import { createApp, createRoot, defineModule, inject, Module, onError } from '../../src/index.js';
import {
  Backend,
  defineNetronService,
  Mutation,
  NetronClient,
  NetronModule,
  NetronService,
  Query,
  useDuplex,
  useInfiniteQuery,
  useMutation,
  usePrefetch,
  useQueries,
  useQuery,
  useStream,
} from '../../src/netron/index.js';
import { page, setup } from './page.js';
import type { IUserService, User } from './server.js';
import { sharedUserServer } from './shared-server.js';

const server = await sharedUserServer();
const Users = defineNetronService<IUserService>({ name: 'user' });
class OwnUsers extends NetronService<IUserService> {
  override async getUsers(): Promise<User[]> {
    return [];
  }
}
Backend('main', { service: 'user' })(OwnUsers);

const url = 'https://a.example';
const peerOptions = 'activity, batch, cache, clock, codec, credentials, duplex, fetch, headers, identity, live, maxConcurrent';

it.each<[string, object, string]>([
  ['the module', { backend: {} }, "NetronModule: unknown option 'backend'; known: baseUrl, backends, default, cache, retry"],
  [
    'a backend',
    { backends: { main: url, orders: { url, refrsh: async () => 'new' } } },
    `backend 'orders': unknown option 'refrsh'; known: url, ${peerOptions}, middleware, path, queue, refresh, retry, skewed, timeout, token`,
  ],
  ['a backend, of the layer', { backends: { main: { url, name: 'b' } } }, "backend 'main': unknown option 'name'; known: url, "],
  [
    'its cache',
    { backends: { main: { url, cache: { maxEntry: 1 } } } },
    "backend 'main', cache: unknown option 'maxEntry'; known: maxEntries, ",
  ],
  [
    'its retries',
    { backends: { main: { url, retry: { attemps: 1 } } } },
    "backend 'main', retry: unknown option 'attemps'; known: attempts, ",
  ],
  ['the cache of all', { baseUrl: url, cache: { gcTme: 1 } }, "NetronModule, cache: unknown option 'gcTme'; known: "],
  ['the retries of all', { baseUrl: url, retry: { attemps: 1 } }, "NetronModule, retry: unknown option 'attemps'; known: "],
  ['a backend without an address', { backends: { main: {} } }, "backend 'main': url must be an address, not undefined"],
  ['a backend that is nothing', { backends: { main: undefined } }, "backend 'main': options must be an object (url, "],
  [
    'a second `main`',
    { baseUrl: url, backends: { main: url } },
    "backend 'main' is given twice: baseUrl is the address of 'main'",
  ],
])('forRoot refuses unknown options of %s', (_, config, message) => {
  expect(() => NetronModule.forRoot(config as never)).toThrow(message);
});

it.each<[string, object, string]>([
  ['an unknown option', { backends: { main: { url, refrsh: true } } }, "backend 'main': unknown option 'refrsh'; known: url, "],
  ['a backend without an address', { backends: { main: {} } }, "backend 'main': url must be an address, not undefined"],
  ['a default that is not among them', { backends: { main: url }, default: 'other' }, "unknown backend 'other'; known: main"],
])(
  'the backends of a root module are checked when the application is made, with a service or without: %s',
  (_, options, message) => {
    @Module({ ...options, providers: [OwnUsers] })
    class WithService {}
    @Module(options)
    class Without {}
    const defined = defineModule({ id: 'defined', ...options });
    for (const root of [WithService, Without, defined, { module: Without }]) {
      expect(() => createApp(root)).toThrow(message);
    }
  },
);

it.each<[string, string, () => unknown]>([
  [
    'useQuery',
    /^user\.getUsers: unknown option 'cahce'; known: cache, .*, keepPrevious$/,
    () => useQuery(Users, 'getUsers', [], { cahce: 1 } as never),
  ],
  [
    'useQuery of a method that the class has written',
    "user.getUsers: unknown option 'cahce'; known: cache, ",
    () => useQuery(OwnUsers, 'getUsers', [], { cahce: 1 } as never),
  ],
  ['useQueries', "user.getUser: unknown option 'cahce'; ", () => useQueries(Users, 'getUser', [['1']], { cahce: 1 } as never)],
  [
    'useInfiniteQuery',
    "user.getUser: unknown option 'nxt'; known: first, args, next, cache, ",
    () => useInfiniteQuery(Users, 'getUser', { first: '1', args: (id: string) => [id], nxt: () => '2' } as never),
  ],
  ['usePrefetch', "user.getUsers: unknown option 'cahce'; ", () => usePrefetch(Users, 'getUsers', { cahce: 1 } as never)],
  [
    'useMutation',
    /^user\.rename: unknown option 'optimistc'; known: cache, .*, optimistic, onSuccess, onError$/,
    () => useMutation(Users, 'rename', { optimistc: () => {} } as never),
  ],
  [
    'useStream',
    "user.listen: unknown option 'bufer'; known: buffer, onItem",
    () => useStream(Users, 'listen', [], { bufer: 1 } as never),
  ],
  [
    'useDuplex',
    "user.listen: unknown option 'maxWating'; known: buffer, onItem, maxWaiting",
    () => useDuplex(Users, 'listen' as never, [] as never, { maxWating: 1 } as never),
  ],
] as [string, string, () => unknown][])('unknown options of %s go to the nearest error handler', (_, message, use) => {
  const errors: unknown[] = [];
  const { dispose } = createRoot((dispose) => {
    onError((error) => errors.push(error));
    try {
      page(server.url, OwnUsers).run(use);
    } catch (error) {
      errors.push(error);
    }
    return { dispose };
  });
  expect(errors).toHaveLength(1);
  expect((errors[0] as Error).message).toMatch(message);
  dispose();
});

it.each<[object, string]>([
  [{ cache: true }, 'cache must be a number of milliseconds, an object or false, not true'],
  [{ cache: { maxAge: '1' } }, 'cache: maxAge must be a non-negative number of milliseconds, not 1'],
  [{ retry: 'often' }, 'retry must be a number of attempts, an object or false, not often'],
  [{ retry: { backoff: 'fast' } }, 'retry: backoff must be exponential, linear or constant, not fast'],
  [{ timeout: -1 }, 'timeout must be a non-negative number of milliseconds, not -1'],
  [{ priority: 1 }, 'priority must be high, normal or low, not 1'],
  [{ refetchInterval: 'often' }, 'refetchInterval must be a non-negative number of milliseconds, not often'],
])('a wrong value of an option of useQuery is the error of the query: %j', async (options, message) => {
  const { result, dispose } = setup(page(server.url), () => useQuery(Users, 'getUsers', [], options as never));
  await result.refetch();
  expect(result.error()).toBeInstanceOf(TypeError);
  expect(result.error()?.message).toContain(`user.getUsers: ${message}`);
  dispose();
});

it.each<[string, string, (options: never) => Promise<unknown>]>([
  ['useMutation', 'rename', (options) => useMutation(Users, 'rename', options).mutate('1', 'Ada')],
  ['usePrefetch', 'getUsers', (options) => usePrefetch(Users, 'getUsers', options)()],
  ['a query of the client', 'getUsers', (options) => inject(NetronClient).query('user', 'getUsers', [], options)],
  ['a mutation of the client', 'rename', (options) => inject(NetronClient).mutate('user', 'rename', ['1', 'Ada'], options)],
])('a wrong value of an option of %s names the method and the value', async (_, method, use) => {
  const { result, dispose } = setup(page(server.url), () => use({ timeout: -1 } as never));
  await expect(result).rejects.toThrow(`user.${method}: timeout must be a non-negative number of milliseconds, not -1`);
  dispose();
});

it.each<[string, string, () => unknown]>([
  [
    'a description',
    "defineNetronService: unknown option 'bakcend'; known: name, backend, queries, mutations",
    () => defineNetronService({ name: 'user', bakcend: 'main' } as never),
  ],
  [
    'a query of a description',
    "user.getUsers: unknown option 'cahce'; known: cache, ",
    () => defineNetronService<IUserService>({ name: 'user', queries: { getUsers: { cahce: 1 } as never } }),
  ],
  [
    'a mutation of a description',
    "user.rename: unknown option 'invaldate'; known: cache, ",
    () => defineNetronService<IUserService>({ name: 'user', mutations: { rename: { invaldate: [] } as never } }),
  ],
  ['@Backend', "@Backend: unknown option 'srvice'; known: service", () => Backend('main', { srvice: 'user' } as never)],
  ['@Query', "@Query: unknown option 'cahce'; known: cache, ", () => Query({ cahce: 1 } as never)],
  ['@Mutation', "@Mutation: unknown option 'invaldate'; known: ", () => Mutation({ invaldate: [] } as never)],
])('unknown options of %s are errors', (_, message, make) => {
  expect(make).toThrow(message);
});

it('warns of an optimistic update of a method that the service does not have, and makes the change', async () => {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const { result, dispose } = setup(page(server.url), () => ({
    wrong: useMutation(Users, 'rename', { optimistic: { method: 'lst', update: () => [] } as never }),
    right: useMutation(Users, 'rename', { optimistic: { method: 'getUsers', update: () => [] } }),
    misspelt: useMutation(Users, 'rename', { optimistic: { mehtod: 'getUsers', update: () => [] } as never }),
  }));
  try {
    await result.right.mutate('1', 'Ada');
    expect(warned.mock.calls).toEqual([]);
    expect((await result.wrong.mutate('1', 'Bea')).name).toBe('Bea');
    expect(warned.mock.calls).toEqual([["user.rename: optimistic: service 'user' has no member 'lst'"]]);
    await expect(result.misspelt.mutate('1', 'Ada')).rejects.toThrow(
      "the target of optimistic: unknown option 'mehtod'; known: method, args",
    );
  } finally {
    warned.mockRestore();
    dispose();
  }
});

it('a service class without a provider is an error that says where to list it; the client creates one without', () => {
  const container = page(server.url);
  expect(() => container.run(() => inject(OwnUsers))).toThrow(
    /^no provider for OwnUsers; list it in providers, import a module that exports it, or make it optional$/,
  );
  expect(container.get(NetronClient).service(OwnUsers)).toBeInstanceOf(OwnUsers);
});
