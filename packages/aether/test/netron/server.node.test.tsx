import { dehydrate, HttpCacheManager } from '@omnitron-dev/netron-browser';
import { describe, expect, it, vi } from 'vitest';
import { createApp, For, Injectable, inject, Module, resource, Show, Suspense } from '../../src/index.js';
import {
  CACHE_MANAGER,
  NetronClient,
  NetronModule,
  NetronService,
  useInfiniteQuery,
  useMutation,
  useOnline,
  usePrefetch,
  useQueries,
  useQuery,
  useSkew,
  useStream,
} from '../../src/netron/index.js';
import { renderToString } from '../../src/ssr.js';
import type { IUserService } from './server.js';
import { sharedUserServer } from './shared-server.js';

const server = await sharedUserServer();

@Injectable()
class UserService extends NetronService<IUserService> {}

function appOf(token: string) {
  @Module({
    imports: [NetronModule.forRoot({ backends: { main: { url: server.url, headers: { 'x-token': token } } } })],
    providers: [UserService],
  })
  class AppModule {}
  return createApp(AppModule);
}

const Users = () => {
  const users = useQuery(UserService, 'getUsers');
  const born = useQuery(UserService, 'born', ['1']);
  return () => (
    <ul title={born.data()?.toISOString()}>
      {users.loading() ? 'loading' : users.data()?.map(({ id, name }) => <li key={id}>{name}</li>)}
    </ul>
  );
};

describe('queries on a server', () => {
  it('are awaited once each, and handed over to the page with their types', async () => {
    const app = appOf('a');
    const Client = () => {
      inject(NetronClient);
      return <Users />;
    };
    const html = await renderToString(
      app.view(() => (
        <Suspense fallback="waiting">
          <Client />
        </Suspense>
      )),
    );
    expect(html).toContain('<ul title="1970-01-01T00:00:00.000Z"><li>Ada</li><li>Grace</li></ul>');
    expect(html).toContain('"@omnitron-dev/aether/netron":');
    expect(server.calls).toEqual({ getUsers: 1 });
    await app.dispose();
  });

  it('are awaited in lists, conditions and attributes, with the fallback of a list that turns out to be empty', async () => {
    const app = appOf('a');
    const Page = () => {
      const { data, loading } = useQuery(UserService, 'getUsers');
      return () => (
        <main aria-busy={() => loading()}>
          <For each={() => data() ?? []}>{({ name }) => <b>{name}</b>}</For>
          <For each={() => data()?.filter(({ id }) => id === '3')} fallback={<i>nobody</i>}>
            {({ name }) => <b>{name}</b>}
          </For>
          <Show when={() => data()?.length}>{(count) => <u>{count}</u>}</Show>
        </main>
      );
    };
    const html = await renderToString(app.view(Page));
    expect(html).toContain('<main aria-busy="false"><b>Ada</b><b>Grace</b><i>nobody</i><u>2</u></main>');
    await app.dispose();
  });

  it('that are replaced because their arguments have changed are no longer awaited', async () => {
    const app = appOf('a');
    const Named = () => {
      const id = resource(async () => '2');
      const { data } = useQuery(UserService, 'getUser', () => [id() ?? '1']);
      return () => <p>{data()?.name}</p>;
    };
    expect(await renderToString(app.view(Named), { timeout: 0 })).toContain('<p>Grace</p>');
    await app.dispose();
  });

  it('awaited by the setup that creates them are an error, at once', async () => {
    const app = appOf('a');
    const Counted = () => {
      const { data } = useQuery(UserService, 'getUsers');
      const count = data()?.length;
      return <p>{count}</p>;
    };
    await expect(renderToString(app.view(Counted), { timeout: 0 })).rejects.toMatchObject({
      code: 'cycle',
      message: expect.stringContaining('Counted: the setup waits for data that it requests') as string,
    });
    await app.dispose();
  });

  it('with a value that is nested too deep among the others are rendered; the page reads that value itself', async () => {
    const app = appOf('a');
    const client = app.container.get(NetronClient);
    expect(await renderToString(app.view(Users))).toContain('Ada');
    const { cache } = client.backend();
    const [born] = dehydrate(cache).entries.filter(({ name }) => name.endsWith('born'));
    let value: unknown = 1;
    for (let levels = 1; levels < 70; levels++) {
      value = [value];
      cache.set(born?.key as string, value);
      expect(await client.handCache(), `${levels} levels`).toContain('getUsers');
    }
    await app.dispose();
  });

  it('with values that cannot be handed over are rendered, and named during development; the page reads them itself', async () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const app = appOf('a');
    const client = app.container.get(NetronClient);
    expect(await renderToString(app.view(Users))).toContain('Ada');
    const { cache } = client.backend();
    const [born] = dehydrate(cache).entries.filter(({ name }) => name.endsWith('born'));
    cache.set(born?.key as string, { at: [new Error('a value')] });
    const handed = await client.handCache();
    expect(handed).toContain('getUsers');
    expect(handed).not.toContain('a value');
    expect(warned.mock.calls).toEqual([
      [
        expect.stringMatching(
          /^query 'user\.born': value\.at\[0\] .*, so the server cannot embed it, and the page loads it again$/,
        ),
      ],
    ]);
    warned.mockRestore();
    await app.dispose();
  });

  it.each(['an option of the backend', 'provided for all'])(
    'with a cache that outlives the application (%s): only the queries of this application are handed over',
    async (how) => {
      const cache = new HttpCacheManager();
      const shared = { url: server.url, ...(how === 'an option of the backend' && { cache }) };
      const render = async (token: string, method: 'getUsers' | 'born') => {
        @Module({
          imports: [NetronModule.forRoot({ backends: { main: { ...shared, headers: { 'x-token': token } } } })],
          providers: [UserService, ...(how === 'provided for all' ? [{ provide: CACHE_MANAGER, useValue: cache }] : [])],
        })
        class AppModule {}
        const app = createApp(AppModule);
        const View = () => {
          const { data } = useQuery(UserService, method as 'born', ['1']);
          return () => <p>{String(data())}</p>;
        };
        try {
          return await renderToString(app.view(View));
        } finally {
          await app.dispose();
        }
      };
      expect(await render('a', 'getUsers')).toContain('Grace');
      const second = await render('b', 'born');
      expect(
        dehydrate(cache)
          .entries.map(({ name }) => name.split('.').at(-1))
          .sort(),
      ).toEqual(['born', 'getUsers']);
      expect(second).toContain('born');
      expect(second).not.toContain('Grace');
      // Whoever reads it hands it over, be it fetched by another.
      expect(await render('a', 'getUsers')).toContain('Grace');
      expect(server.calls).toEqual({ getUsers: 1 });
    },
  );

  it('of several arguments and of infinite queries are awaited and handed over, each alone on its page', async () => {
    const Several = () => {
      const { data } = useQueries(UserService, 'getUser', [['1'], ['2']]);
      return (
        <p>
          {() =>
            data()
              .map((user) => user?.name)
              .join()
          }
        </p>
      );
    };
    const Pages = () => {
      const options = {
        first: 0,
        args: (offset: number): [number] => [offset],
        next: (last: { next: number | undefined }) => last.next,
      };
      const { data, loading, fetching, hasNext, error } = useInfiniteQuery(UserService, 'page', options);
      return (
        <p>
          {() =>
            data()
              .flatMap(({ items }) => items)
              .join()
          }{' '}
          {() => [loading(), fetching(), hasNext(), error()].join()}
        </p>
      );
    };
    for (const [View, shown, key] of [
      [Several, '<p>Ada,Grace</p>', 'getUser'],
      [Pages, '<p>0,1 false,false,true,</p>', 'page'],
    ] as const) {
      const app = appOf('a');
      const html = await renderToString(app.view(View));
      expect(html.replace(/<!--.*?-->/g, '')).toContain(shown);
      expect(html.split('"@omnitron-dev/aether/netron"')[1]).toContain(`user.${key}`);
      expect(server.calls[key]).toBe(key === 'page' ? 1 : 2);
      await app.dispose();
    }
  });

  it('whose first page fails show their error, and can be fetched again', async () => {
    const app = appOf('a');
    const Pages = () => {
      const { data, error, hasNext } = useInfiniteQuery(UserService, 'getUser', {
        first: '9',
        args: (id) => [id],
        next: () => undefined,
      });
      return <p>{() => `${data().length} ${error()?.message} ${hasNext()}`}</p>;
    };
    expect(await renderToString(app.view(Pages))).toContain("<p>0 no user '9' true</p>");
    await app.dispose();
  });

  it('streams, mutations and idle prefetches make no request; useOnline is true', async () => {
    const app = appOf('a');
    const View = () => {
      const { data, items, status, error } = useStream(UserService, 'count', [100]);
      const { loading } = useMutation(UserService, 'rename');
      const online = useOnline();
      const skew = useSkew();
      usePrefetch(UserService, 'getUsers').idle();
      return <p>{() => JSON.stringify([data(), items(), status(), error(), loading(), online(), skew()])}</p>;
    };
    const timers = vi.spyOn(globalThis, 'setTimeout');
    const html = await renderToString(app.view(View), { timeout: 0 });
    const started = timers.mock.calls.map(([, ms]) => ms);
    timers.mockRestore();
    expect([html, started]).toEqual(['<p>[null,[],"connecting",null,false,true,null]</p>', []]);
    await app.dispose();
    expect([server.calls, server.running.size]).toEqual([{}, 0]);
  });

  it('that fail show their error', async () => {
    const app = appOf('a');
    const Failing = () => {
      const { error, data } = useQuery(UserService, 'fail', ['broken']);
      return () => <p>{error()?.message ?? data()?.name}</p>;
    };
    expect(await renderToString(app.view(Failing))).toContain('broken');
    await app.dispose();
  });
});
