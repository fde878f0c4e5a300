import { describe, expect, it, onTestFinished } from 'vitest';
import { compileModule, effect, Injectable, signal } from '../../src/index.js';
import {
  Backend,
  NetronClient,
  NetronModule,
  NetronService,
  useInfiniteQuery,
  useOnline,
  usePrefetch,
  useQueries,
  useQuery,
  useStream,
} from '../../src/netron/index.js';
import { emptied, page, setup, until } from './page.js';
import type { IUserService } from './server.js';
import { sharedUserServer } from './shared-server.js';

const server = await sharedUserServer();

@Injectable()
class UserService extends NetronService<IUserService> {}

@Injectable()
@Backend('main', { service: 'user@^1.0.0' })
class WrittenService extends NetronService<IUserService> {
  override async getUser(id: string) {
    const user = await this.query('getUser', [id]);
    return { ...user };
  }
}

@Injectable()
class LocalService extends NetronService<IUserService> {
  override async *count(from: number) {
    yield from * 10;
  }
}

describe('useStream', () => {
  it('shows the newest items and the state of the stream', async () => {
    const heard: number[] = [];
    const { result, dispose } = setup(page(server.url, UserService), () =>
      useStream(UserService, 'count', [1], { buffer: 2, onItem: (item) => heard.push(item) }),
    );
    expect([result.data(), result.items(), result.status()]).toEqual([undefined, [], 'connecting']);
    await until(result.status, (status) => status === 'failed');
    expect(result.error()?.message).toContain('three are enough');
    expect([heard, result.items(), result.data()]).toEqual([[1, 2, 3], [2, 3], 3]);
    result.restart();
    expect([result.items(), result.error(), result.status()]).toEqual([[], undefined, 'connecting']);
    await until(result.status, (status) => status === 'failed');
    dispose();
  });

  it('ends with its component, with new arguments and when it is closed, including the method on the server', async () => {
    const from = signal<number | undefined>(undefined);
    const { result, dispose } = setup(page(server.url, UserService), () =>
      useStream(UserService, 'count', () => from() !== undefined && [from() as number]),
    );
    expect(result.status()).toBe('idle');
    from.set(100);
    await until(result.data, (item) => item !== undefined);
    expect(server.running.size).toBe(1);
    result.close();
    expect(result.status()).toBe('ended');
    const last = result.data();
    await emptied(server.running);
    expect(result.data()).toBe(last);
    result.restart();
    await until(result.status, (status) => status === 'open');
    from.set(undefined);
    expect([result.status(), result.data()]).toEqual(['idle', undefined]);
    await emptied(server.running);
    from.set(100);
    await until(result.data, (item) => item !== undefined);
    dispose();
    await emptied(server.running);
  });

  it('stays failed until it is restarted, and then uses the current arguments', async () => {
    const last = signal(1);
    const heard: number[] = [];
    const { result, dispose } = setup(page(server.url, UserService), () => {
      const onItem = (item: number) => {
        heard.push(item);
        last.set(item + 1);
      };
      const stream = useStream(UserService, 'count', () => [last.peek()], { onItem });
      let times = 0;
      effect(() => {
        if (stream.status() === 'failed' && times++ < 2) stream.restart();
      });
      return stream;
    });
    await until(result.data, (item) => item === 9);
    await until(result.status, (status) => status === 'failed');
    expect([heard, result.items()]).toEqual([
      [1, 2, 3, 4, 5, 6, 7, 8, 9],
      [7, 8, 9],
    ]);
    dispose();
  });

  it('can be iterated without a hook, too', async () => {
    const service = page(server.url, UserService).get(UserService);
    const items: number[] = [];
    for await (const item of service.count(100)) {
      items.push(item);
      if (items.length === 2) break;
    }
    expect(items).toEqual([100, 101]);
    await emptied(server.running);
  });

  it('follows a stream method implemented by the class', async () => {
    const { result, dispose } = setup(page(server.url, UserService), () => useStream(LocalService, 'count', [4]));
    await until(result.status, (status) => status === 'ended');
    expect(result.items()).toEqual([40]);
    dispose();
  });

  it('reports a method that returns no stream, whether remote or of the class', async () => {
    @Injectable()
    class ValueService extends NetronService<IUserService> {
      override count(from: number): AsyncIterable<number> {
        return [from] as unknown as AsyncIterable<number>;
      }
    }
    for (const service of [UserService, ValueService]) {
      const method = service === UserService ? 'getUsers' : 'count';
      const { result, dispose } = setup(page(server.url, UserService), () =>
        useStream(service, method as 'count', method === 'count' ? [1] : ([] as never)),
      );
      await until(result.status, (status) => status === 'failed');
      expect(result.error()).toBeInstanceOf(TypeError);
      expect(result.error()?.message).toContain(`${method} returned no stream`);
      dispose();
    }
    const users = page(server.url, UserService).get(UserService).getUsers() as unknown as AsyncIterable<number>;
    await expect(users[Symbol.asyncIterator]().next()).rejects.toThrow('getUsers returned no stream');
  });
});

describe('useQueries', () => {
  it('reads once per list of arguments, and keeps common entries when the lists change', async () => {
    const ids = signal(['1', '2']);
    const { result, dispose } = setup(page(server.url, UserService), () =>
      useQueries(UserService, 'getUser', () => ids().map((id): [string] => [id])),
    );
    expect([result.data(), result.loading()]).toEqual([[undefined, undefined], true]);
    await until(result.loading, (loading) => !loading);
    expect(result.data().map((user) => user?.name)).toEqual(['Ada', 'Grace']);
    ids.set(['2', '1', '2']);
    expect(result.data().map((user) => user?.name)).toEqual(['Grace', 'Ada', 'Grace']);
    ids.set(['2', 'nobody']);
    expect((await until(result.error, Boolean))?.message).toContain("no user 'nobody'");
    expect([result.data()[0]?.name, server.calls.getUser]).toEqual(['Grace', 3]);
    await result.refetch();
    expect(server.calls.getUser).toBe(5);
    dispose();
  });
});

describe('useInfiniteQuery', () => {
  it('reads page by page until the last, and again from the first', async () => {
    const { result, dispose } = setup(page(server.url, UserService), () =>
      useInfiniteQuery(UserService, 'page', { first: 0, args: (offset) => [offset], next: (last) => last.next }),
    );
    expect([result.loading(), result.hasNext()]).toEqual([true, false]);
    await until(result.loading, (loading) => !loading);
    expect(result.hasNext()).toBe(true);
    // The second request finds one under way.
    await Promise.all([result.fetchNext(), result.fetchNext()]);
    await result.fetchNext();
    expect(result.data().flatMap(({ items }) => items)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(result.hasNext()).toBe(false);
    await result.fetchNext();
    expect(server.calls.page).toBe(3);
    await result.refetch();
    expect([server.calls.page, result.data().length, result.error()]).toEqual([6, 3, undefined]);
    dispose();
  });

  it('fetches the next page once after the pages being refetched', async () => {
    const { result, dispose } = setup(page(server.url, UserService), () =>
      useInfiniteQuery(UserService, 'page', { first: 0, args: (offset) => [offset], next: (last) => last.next }),
    );
    // Also the first, which is being fetched still.
    await result.fetchNext();
    expect(result.data()).toHaveLength(2);
    const renewed = result.refetch();
    await Promise.all([result.fetchNext(), result.fetchNext()]);
    expect([result.data().length, server.calls.page]).toEqual([3, 5]);
    await renewed;
    const last = result.refetch();
    const none = result.fetchNext();
    dispose();
    await Promise.all([last, none]);
    expect(result.data().length).toBeLessThanOrEqual(3);
  });

  it('keeps pages whose parameters are objects when they are refetched', async () => {
    const { result, dispose } = setup(page(server.url, UserService), () =>
      useInfiniteQuery(UserService, 'page', {
        first: { offset: 0 },
        args: ({ offset }) => [offset],
        next: ({ next }) => (next === undefined ? undefined : { offset: next }),
      }),
    );
    for (let more = 0; more < 2; more++) await result.fetchNext();
    await result.refetch();
    expect([result.data().map(({ items }) => items[0]), server.calls.page]).toEqual([[0, 2, 4], 6]);
    dispose();
  });

  it('drops following pages when a stale page leads to another next page', async () => {
    const container = page(server.url, UserService);
    const { result, dispose } = setup(container, () =>
      useInfiniteQuery(UserService, 'page', { first: 0, args: (offset) => [offset], next: (last) => last.next }),
    );
    for (let more = 0; more < 2; more++) await result.fetchNext();
    // Pages are longer from now on.
    server.users.set('3', { id: '3', name: 'Edsger', active: true });
    container.get(NetronClient).invalidate('pages');
    await until(result.fetching, (fetching) => !fetching);
    server.users.delete('3');
    expect(result.data().map(({ items, next }) => [items[0], next])).toEqual([
      [0, 3],
      [3, 6],
    ]);
    dispose();
  });

  it('starts again from the first page for another user', async () => {
    const container = page(server.url, UserService);
    const { result, dispose } = setup(container, () =>
      useInfiniteQuery(UserService, 'page', { first: 0, args: (offset) => [offset], next: (last) => last.next }),
    );
    for (let more = 0; more < 2; more++) await result.fetchNext();
    expect([result.data().length, server.calls.page]).toEqual([3, 3]);
    container.get(NetronClient).backend().setToken('another');
    expect([result.data(), result.hasNext()]).toEqual([[], false]);
    await until(result.fetching, (fetching) => !fetching);
    expect([result.data().length, server.calls.page, result.hasNext()]).toEqual([1, 4, true]);
    await result.fetchNext();
    expect([result.data().map(({ items }) => items[0]), server.calls.page]).toEqual([[0, 2], 5]);
    dispose();
  });

  it('has no entry for a failed page, also with a fallback, and fetches it again', async () => {
    const options: object = { fallback: { items: [], next: undefined } };
    let valid = false;
    const { result, dispose } = setup(page(server.url, UserService), () =>
      useInfiniteQuery(UserService, 'page', {
        ...options,
        first: 0,
        args: (offset) => [offset],
        next: (last) => last.next,
        validate: ({ items }) => items[0] === 0 || valid,
      }),
    );
    await until(result.loading, (loading) => !loading);
    await result.fetchNext();
    expect([result.data().length, result.error()?.message, result.hasNext()]).toEqual([1, expect.any(String), true]);
    valid = true;
    await result.fetchNext();
    expect([result.data().length, result.error()]).toEqual([2, undefined]);
    dispose();
  });
});

describe('another user', () => {
  it.each<[string, typeof UserService | typeof WrittenService, object]>([
    ['a query', UserService, {}],
    ['a query that shows the value before meanwhile', UserService, { keepPrevious: true }],
    ['a query of a method that the class has written', WrittenService, {}],
    ['such a query that shows the value before meanwhile', WrittenService, { keepPrevious: true }],
  ])('sees nothing of the previous user: %s', async (_name, service, options) => {
    const container = page(server.url, UserService, WrittenService);
    const { result, dispose } = setup(container, () => useQuery(service, 'getUser', ['1'], options));
    expect((await until(result.data, Boolean))?.name).toBe('Ada');
    onTestFinished(() => void server.users.set('1', { id: '1', name: 'Ada', active: true }));
    const shown: unknown[] = [];
    const watched = setup(container, () => effect(() => void shown.push(result.data()?.name)));
    server.users.set('1', { id: '1', name: 'Edsger', active: true });
    container.get(NetronClient).backend().setToken('another');
    expect([result.data(), result.loading()]).toEqual([undefined, true]);
    await until(result.data, Boolean);
    expect(shown).toEqual(['Ada', undefined, 'Edsger']);
    watched.dispose();
    dispose();
  });
});

describe('another user during the first read', () => {
  /** A page whose server names the user of each call, and answers when it may. */
  function asked(token: string | (() => Promise<string>)) {
    const opens = new Map<string, () => void>();
    const fetching: typeof fetch = async (input, init) => {
      const user = new Headers(init?.headers).get('authorization')?.replace('Bearer ', '') ?? 'nobody';
      const response = await fetch(input, init);
      if (!String(input).includes('getUser')) return response;
      await new Promise<void>((resolve) => opens.set(user, resolve));
      return new Response((await response.text()).replace('Ada', user), response);
    };
    const backends = { main: { url: server.url, fetch: fetching, token } };
    const container = compileModule([...(NetronModule.forRoot({ backends }).providers ?? []), UserService, WrittenService]);
    const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
    const asks = async (user: string) => {
      while (!opens.has(user)) await turn();
    };
    const open = async (user: string) => {
      await asks(user);
      opens.get(user)?.();
      for (let turns = 0; turns < 20; turns++) await turn();
    };
    return { container, asks, open };
  }

  it.each<[string, typeof UserService | typeof WrittenService, (name: string) => string | (() => Promise<string>)]>([
    ['a query', UserService, (name) => name],
    ['a query of a method that the class has written', WrittenService, (name) => name],
    ['such a query, with tokens that come later', WrittenService, (name) => async () => name],
  ])('sees only their own data: %s', async (_name, service, token) => {
    const { container, asks, open } = asked(token('one'));
    const { result, dispose } = setup(container, () => useQuery(service, 'getUser', ['1']));
    const shown: unknown[] = [];
    const watched = setup(container, () => effect(() => void shown.push(result.error()?.message ?? result.data()?.name)));
    const peer = container.get(NetronClient).backend();
    await asks('one');
    peer.setToken(token('two'));
    await open('one');
    await asks('two');
    peer.setToken(token('three'));
    await open('three');
    await open('two');
    await until(result.fetching, (fetching) => !fetching);
    expect([shown, result.data()?.name, result.loading()]).toEqual([[undefined, 'three'], 'three', false]);
    watched.dispose();
    dispose();
  });
});

describe('prefetching', () => {
  it('usePrefetch fills the cache, and the following query makes no request', async () => {
    const container = page(server.url, UserService);
    const { result, dispose } = setup(container, () => usePrefetch(UserService, 'getUser'));
    await result('1');
    const query = setup(container, () => useQuery(UserService, 'getUser', ['1']));
    expect([query.result.data()?.name, server.calls.getUser]).toEqual(['Ada', 1]);
    query.dispose();
    result.idle('2');
    const { cache } = container.get(NetronClient).backend();
    while (cache.getStats().entries < 2) await new Promise((resolve) => setImmediate(resolve));
    await until(setup(container, () => useQuery(UserService, 'getUser', ['2'])).result.data, Boolean);
    expect(server.calls.getUser).toBe(2);
    result.idle('3');
    dispose();
  });

  it('useOnline reports whether there is a network', () => {
    const { result, dispose } = setup(page(server.url, UserService), () => useOnline());
    expect(result()).toBe(true);
    dispose();
  });
});
