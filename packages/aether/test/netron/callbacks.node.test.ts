/** Callbacks that throw, arguments and pages that fail: what hooks make of them. */
import { describe, expect, it } from 'vitest';
import { computed, Injectable, onError, signal } from '../../src/index.js';
import {
  Backend,
  NetronClient,
  NetronService,
  NetronStore,
  useInfiniteQuery,
  useMutation,
  useQueries,
  useQuery,
  useStream,
} from '../../src/netron/index.js';
import { emptied, page, setup, until } from './page.js';
import type { IUserService, User } from './server.js';
import { sharedUserServer } from './shared-server.js';

const server = await sharedUserServer();

@Injectable()
class UserService extends NetronService<IUserService> {}

/** A class that has written the methods itself. */
@Injectable()
class OwnService extends NetronService<IUserService> {
  override rename(id: string, name: string) {
    return this.mutate('rename', [id, name]);
  }
  override fail(message: string) {
    return this.mutate('fail', [message]);
  }
}
Object.defineProperty(OwnService, 'name', { value: 'UserService' });

describe.each([
  ['generated', UserService],
  ['written by the class', OwnService],
] as const)('callbacks of a mutation whose method is %s', (_how, Service) => {
  it.each(['onSuccess', 'onError'] as const)(
    '%s that throws does not change the outcome, and the error is handled',
    async (which) => {
      const told: string[] = [];
      const errors: unknown[] = [];
      const options = {
        onSuccess: () => {
          told.push('onSuccess');
          if (which === 'onSuccess') throw new Error('in the callback');
        },
        onError: () => {
          told.push('onError');
          if (which === 'onError') throw new Error('in the callback');
        },
      };
      const { result, dispose } = setup(page(server.url, Service), () => {
        onError((error) => errors.push(error));
        return { rename: useMutation(Service, 'rename', options), fail: useMutation(Service, 'fail', options) };
      });
      if (which === 'onSuccess') {
        expect(await result.rename.mutate('1', 'Ada')).toMatchObject({ name: 'Ada' });
        expect([result.rename.data()?.name, result.rename.error(), result.rename.loading()]).toEqual(['Ada', undefined, false]);
      } else {
        await expect(result.fail.mutate('refused')).rejects.toThrow('refused');
        expect([result.fail.error()?.message, result.fail.loading()]).toEqual(['refused', false]);
      }
      expect([told, errors]).toEqual([[which], [new Error('in the callback')]]);
      dispose();
    },
  );
});

describe.each([
  ['generated', UserService],
  ['written by the class', OwnService],
] as const)('options of a mutation whose method is %s', (_how, Service) => {
  it('an optimistic update is shown with the arguments of the mutation, and rolled back', async () => {
    const { result, dispose } = setup(page(server.url, Service), () => ({
      users: useQuery(Service, 'getUsers', [], { cache: { maxAge: 60_000, tags: ['users'] } }),
      named: useMutation(Service, 'fail', {
        optimistic: { method: 'getUsers', update: (users, message) => users?.map((user) => ({ ...user, name: message })) },
      }),
      tagged: useMutation(Service, 'fail', {
        invalidate: ['users'],
        optimistic: (users: User[] | undefined, message) => users?.map((user) => ({ ...user, name: message })),
      }),
    }));
    const names = computed(() => result.users.data()?.map(({ name }) => name));
    const before = (await until(result.users.data, Boolean))?.map(({ name }) => name);
    for (const { mutate } of [result.named, result.tagged]) {
      const failing = mutate('in advance');
      await until(names, (shown) => shown?.every((name) => name === 'in advance') === true);
      await expect(failing).rejects.toThrow('in advance');
      expect(names()).toEqual(before);
    }
    dispose();
  });

  it('tags are invalidated', async () => {
    const { result, dispose } = setup(page(server.url, Service), () => ({
      numbers: useQuery(Service, 'page', [0], { cache: { maxAge: 60_000, tags: ['numbers'] } }),
      rename: useMutation(Service, 'rename', { invalidate: ['numbers'] }),
    }));
    await until(result.numbers.fetching, (fetching) => !fetching);
    const again = until(result.numbers.fetching, Boolean);
    await result.rename.mutate('1', 'Ada');
    await again;
    dispose();
  });
});

it('an optimistic update gets the arguments of the method, whatever change the method makes', async () => {
  class Renames extends OwnService {
    override fail(message: string) {
      return this.mutate('rename', ['nobody', message]);
    }
  }
  Backend('main', { service: 'user' })(Renames);
  const given: unknown[] = [];
  const { result, dispose } = setup(page(server.url), () =>
    useMutation(Renames, 'fail', { optimistic: (...all: readonly unknown[]) => void given.push(all) }),
  );
  await expect(result.mutate('a message')).rejects.toMatchObject({ code: 'not_found' });
  expect(given).toEqual([[undefined, 'a message']]);
  dispose();
});

it('callbacks of a mutation by service name are called as well', async () => {
  const client = page(server.url, UserService).get(NetronClient);
  const told: unknown[] = [];
  const options = { onSuccess: (user: unknown) => told.push(user), onError: (error: Error) => told.push(error.message) };
  await client.mutate('user', 'rename', ['1', 'Ada'], options);
  await client.mutate('user', 'fail', ['refused'], options).catch(() => {});
  expect(told).toEqual([expect.objectContaining({ name: 'Ada' }), 'refused']);
});

it('a stream continues when `onItem` throws, and the error is handled', async () => {
  const errors: string[] = [];
  const { result, dispose } = setup(page(server.url, UserService), () => {
    onError((error) => errors.push((error as Error).message));
    return useStream(UserService, 'count', [1], {
      onItem: (item) => {
        if (item < 3) throw new Error(`item ${item}`);
      },
    });
  });
  await until(result.status, (status) => status === 'failed');
  expect([result.items(), errors]).toEqual([
    [1, 2, 3],
    ['item 1', 'item 2'],
  ]);
  expect(result.error()?.message).toContain('three are enough');
  dispose();
  await emptied(server.running);
});

describe('lists of arguments', () => {
  let calls = 0;
  class Echo extends NetronService<{ say(value: unknown): Promise<unknown> }> {
    override async say(value: unknown) {
      calls++;
      return value;
    }
  }

  it.each<[string, unknown, unknown]>([
    ['undefined and null', undefined, null],
    ['NaN and null', Number.NaN, null],
    ['sets', new Set([1]), new Set([2])],
    ['maps', new Map([[1, 2]]), new Map([[1, 3]])],
    ['bigints', 1n, 2n],
    ['a bigint and its string', 1n, '1n'],
    ['a date and its string', new Date(0), new Date(0).toJSON()],
    ['bytes', new Uint8Array([1]), new Uint8Array([2])],
    ['numbers and strings', 1, '1'],
    ['functions', Math.min, Math.max],
  ])('%s are distinguished, and equal lists are read once', async (_what, one, other) => {
    calls = 0;
    const same = typeof one === 'function' ? undefined : structuredClone(one);
    const lists: [unknown][] = same === undefined ? [[one], [other]] : [[one], [other], [same]];
    const { result, dispose } = setup(page(server.url, UserService), () => useQueries(Echo, 'say', lists));
    await until(result.loading, (loading) => !loading);
    expect([result.data(), calls]).toEqual([same === undefined ? [one, other] : [one, other, one], 2]);
    dispose();
  });

  it('keep their own values', async () => {
    const container = page(server.url, UserService);
    const { result, dispose } = setup(container, () => useQueries(UserService, 'getUser', [['1'], ['2'], ['1']]));
    await until(result.loading, (loading) => !loading);
    expect([result.data().map((user) => user?.id), server.calls.getUser]).toEqual([['1', '2', '1'], 2]);
    dispose();
  });
});

describe('a page that fails', () => {
  it.each(['first', 'next'])('the %s one is fetched again by fetchNext()', async (which) => {
    let failing = which === 'first';
    @Injectable()
    class Pages extends NetronService<IUserService> {
      override async page(offset: number) {
        if (failing) throw new Error('no network');
        return this.query('page', [offset]);
      }
    }
    Object.defineProperty(Pages, 'name', { value: 'UserService' });
    const { result, dispose } = setup(page(server.url, Pages), () =>
      useInfiniteQuery(Pages, 'page', { first: 0, args: (offset) => [offset], next: (last) => last.next }),
    );
    await until(result.fetching, (fetching) => !fetching);
    if (which === 'next') {
      failing = true;
      await result.fetchNext();
    }
    expect([result.error()?.message, result.hasNext(), result.data().length]).toEqual([
      'no network',
      true,
      which === 'first' ? 0 : 1,
    ]);
    failing = false;
    await result.fetchNext();
    await result.fetchNext();
    expect([
      result.error(),
      result
        .data()
        .flatMap(({ items }) => items)
        .slice(0, 4),
    ]).toEqual([undefined, [0, 1, 2, 3]]);
    dispose();
  });

  it('nothing is fetched after the component has ended', async () => {
    const { result, dispose } = setup(page(server.url, UserService), () =>
      useInfiniteQuery(UserService, 'page', { first: 0, args: (offset) => [offset], next: (last) => last.next }),
    );
    await until(result.loading, (loading) => !loading);
    dispose();
    await result.fetchNext();
    expect([server.calls.page, result.data().length]).toEqual([1, 1]);
  });
});

it('`withLoading` of a store is true until the last of several calls has ended', async () => {
  const ends: (() => void)[] = [];
  @Injectable()
  class Store extends NetronStore<IUserService> {
    readonly loading = signal(false);
    load() {
      return this.withLoading(this.loading, () => new Promise<void>((resolve) => ends.push(resolve)));
    }
  }
  const store = page(server.url, Store).get(Store);
  const both = [store.load(), store.load()];
  ends[0]?.();
  await both[0];
  expect(store.loading()).toBe(true);
  ends[1]?.();
  await both[1];
  expect(store.loading()).toBe(false);
});

describe('a method implemented by the class, read by useQuery', () => {
  const withMethod = (getUsers: (calls: number) => Promise<User[]>) => {
    let calls = 0;
    @Injectable()
    class Own extends NetronService<IUserService> {
      override getUsers() {
        return getUsers(++calls);
      }
    }
    return { Own, calls: () => calls };
  };
  const ada: User = { id: '1', name: 'Ada', active: true };

  it('accepts the options of a query: validate, transform, fallback', async () => {
    const { Own } = withMethod(async (calls) => (calls === 1 ? [] : [ada]));
    const { result, dispose } = setup(page(server.url, Own), () =>
      useQuery(Own, 'getUsers', [], {
        validate: (users) => users.length > 0,
        transform: (users) => users.map(({ name }) => name),
        fallback: ['nobody'],
      }),
    );
    await until(result.loading, (loading) => !loading);
    expect([result.data(), (result.error() as { code?: string }).code]).toEqual([['nobody'], 'data_loss']);
    await result.refetch();
    expect([result.data(), result.error()]).toEqual([['Ada'], undefined]);
    dispose();
  });

  it('is read again at the interval of the hook', async () => {
    @Injectable()
    @Backend('main', { service: 'user' })
    class Names extends NetronService<IUserService> {
      override async getUsers() {
        return this.query('getUsers', []);
      }
    }
    const { result, dispose } = setup(page(server.url, Names), () => useQuery(Names, 'getUsers', [], { refetchInterval: 1 }));
    await until(result.data, Boolean);
    while ((server.calls.getUsers ?? 0) < 4) await new Promise((resolve) => setImmediate(resolve));
    dispose();
    expect(result.error()).toBeUndefined();
  });
});
