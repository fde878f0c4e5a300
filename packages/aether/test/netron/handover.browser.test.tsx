/// <reference path="../../../netron/test/browser/server.setup.ts" />
import { afterEach, describe, expect, it, vi } from 'vitest';
import { server } from '../../../netron/test/browser/page.js';
import { createApp, inject, Suspense, signal, type View } from '../../src/index.js';
import { Backend, NetronClient, NetronModule, NetronService, useInfiniteQuery, useQuery } from '../../src/netron/index.js';
import { createRouter, memory, type RouteOptions, type RouterHistory, RouterProvider, route } from '../../src/router.js';
import { hydrate, renderToString } from '../../src/ssr.js';

interface ICalculator {
  add(a: number, b: number): Promise<number>;
  same(value: bigint): Promise<bigint>;
}

@Backend('main', { service: 'calculator@^1.0.0' })
class Calculator extends NetronService<ICalculator> {}

it('a hydrating page has the data of the server: it fetches nothing and shows nothing else', async () => {
  const url = new URL((await server([location.origin])).replace(/^ws/, 'http')).origin;
  const asked: string[] = [];
  const app = () =>
    createApp([], {
      providers: [
        ...(NetronModule.forRoot({
          backends: {
            main: {
              url,
              fetch: (target, init) => {
                asked.push(String(target));
                return fetch(target, init);
              },
            },
          },
        }).providers ?? []),
        Calculator,
      ],
    });
  const b = signal(3);
  const seen: (number | undefined)[] = [];
  const Sum = () => {
    const { data, loading } = useQuery(Calculator, 'add', () => [2, b()]);
    return () => {
      seen.push(data());
      return <p>{loading() ? 'loading' : data()}</p>;
    };
  };
  const view = () => (
    <Suspense fallback="waiting">
      <Sum />
    </Suspense>
  );
  const rendered = app();
  const container = document.createElement('div');
  document.body.append(container);
  container.innerHTML = await renderToString(rendered.view(view));
  await rendered.dispose();
  const paragraph = container.querySelector('p');
  expect(paragraph?.textContent).toBe('5');
  asked.length = seen.length = 0;

  const page = app();
  const end = hydrate(page.view(view), container);
  expect([container.querySelector('p'), paragraph?.textContent, seen, asked]).toEqual([paragraph, '5', [5], []]);
  b.set(4);
  await expect.poll(() => container.textContent).toBe('6');
  expect(container.querySelector('p')).toBe(paragraph);
  end();
  await page.dispose();
  container.remove();
});

it('an infinite query has its first page from the server and continues from there', async () => {
  const url = new URL((await server([location.origin])).replace(/^ws/, 'http')).origin;
  const asked: string[] = [];
  const noted = (target: string | URL | Request, init?: RequestInit) => {
    asked.push(String(target));
    return fetch(target, init);
  };
  const app = () =>
    createApp([], {
      providers: [...(NetronModule.forRoot({ backends: { main: { url, fetch: noted } } }).providers ?? []), Calculator],
    });
  const Pages = () => {
    const options = { first: 1, args: (from: number): [number, number] => [from, 1], next: (last: number) => last };
    const { data, hasNext, fetchNext } = useInfiniteQuery(Calculator, 'add', options);
    return (
      <p>
        <button type="button" disabled={() => !hasNext()} onClick={() => void fetchNext()}>
          more
        </button>
        {() => data().join()}
      </p>
    );
  };
  const rendered = app();
  const container = document.createElement('div');
  document.body.append(container);
  container.innerHTML = await renderToString(rendered.view(Pages));
  await rendered.dispose();
  const paragraph = container.querySelector('p');
  const button = container.querySelector('button') as HTMLButtonElement;
  expect([paragraph?.textContent, button.disabled]).toEqual(['more2', false]);
  asked.length = 0;

  const page = app();
  const end = hydrate(page.view(Pages), container);
  expect([container.querySelector('p'), paragraph?.textContent, asked]).toEqual([paragraph, 'more2', []]);
  button.click();
  await expect.poll(() => container.textContent).toBe('more2,3');
  expect(asked.filter((url) => url.includes('/add'))).toHaveLength(1);
  end();
  await page.dispose();
  container.remove();
});

describe('values of types that JSON does not have', () => {
  /** Renders a page on a server, hydrates it, and returns what it has requested then. */
  async function hydrated(
    view: () => View,
    changed = (html: string) => html,
  ): Promise<{ container: HTMLElement; asked: string[]; end(): Promise<void> }> {
    const url = new URL((await server([location.origin])).replace(/^ws/, 'http')).origin;
    const asked: string[] = [];
    const noted = (target: string | URL | Request, init?: RequestInit) => {
      asked.push(new URL(String(target)).pathname);
      return fetch(target, init);
    };
    const app = () =>
      createApp([], { providers: NetronModule.forRoot({ backends: { main: { url, fetch: noted } } }).providers ?? [] });
    const rendered = app();
    const container = document.createElement('div');
    document.body.append(container);
    container.innerHTML = changed(await renderToString(rendered.view(view)));
    await rendered.dispose();
    asked.length = 0;
    const page = app();
    const remove = hydrate(page.view(view), container);
    const end = async () => {
      remove();
      await page.dispose();
      container.remove();
    };
    return { container, asked, end };
  }

  const Echo = ({ value }: { value: bigint }) => {
    const count = signal(0);
    const { data } = useQuery(Calculator, 'same', [value]);
    return (
      <button type="button" onClick={() => count.update((n) => n + 1)}>
        {() => `${typeof data()} ${String(data())}`} {count}
      </button>
    );
  };
  const Outside = () => (
    <main>
      <Echo value={1n} />
      <Echo value={2n} />
    </main>
  );
  const Inside = () => (
    <main>
      <Suspense>
        <Echo value={1n} />
      </Suspense>
      <Suspense>
        <Echo value={2n} />
      </Suspense>
    </main>
  );

  it.each(['with the code that is loaded for it', 'with the code at hand'])(
    'are fetched by the page when they cannot be read, %s',
    async () => {
      const reported = vi.spyOn(console, 'error').mockImplementation(() => {});
      try {
        const { container, asked, end } = await hydrated(Outside, (html) =>
          html.replace(/\[\\*"i\\*",/g, (tag) => tag.replace('i', 'no-such-type')),
        );
        await expect.poll(() => asked.filter((path) => path.endsWith('/same'))).toHaveLength(2);
        await expect.poll(() => container.textContent).toBe('bigint 1 0bigint 2 0');
        expect(reported.mock.calls.flat().join()).toContain('text "undefined undefined" was expected');
        await end();
      } finally {
        reported.mockRestore();
      }
    },
  );
  it.each([
    ['no Suspense', Outside],
    ['a Suspense around each', Inside],
    // The code is there now.
    ['no Suspense, a second time', Outside],
  ])('are available as soon as their code is loaded, without a request: %s', async (_, view) => {
    const { container, asked, end } = await hydrated(view);
    const buttons = [...container.querySelectorAll('button')];
    expect(container.textContent).toBe('bigint 1 0bigint 2 0');
    await expect
      .poll(() => {
        buttons[1]?.click();
        return container.textContent;
      })
      .toMatch(/^bigint 1 0bigint 2 [1-9]/);
    expect([[...container.querySelectorAll('button')], asked]).toEqual([buttons, []]);
    await end();
  });
});

interface IBoard {
  list(): Promise<string[]>;
  write(text: string): Promise<void>;
}

/** An application of two backends, of which one has a cache of its own; notes of what is asked for go to `asked`. */
async function twoBackends(asked: string[]) {
  const urls = await Promise.all(
    [1, 2].map(async () => new URL((await server([location.origin])).replace(/^ws/, 'http')).origin),
  );
  @Backend('notes', { service: 'board@^1.0.0' })
  class Board extends NetronService<IBoard> {}
  @Backend('numbers', { service: 'calculator@^1.0.0' })
  class Numbers extends NetronService<ICalculator & { fail(): Promise<number> }> {}
  const noted = (url: string) => ({
    url,
    fetch: (target: string | URL | Request, init?: RequestInit) => {
      asked.push(new URL(String(target)).pathname);
      return fetch(target, init);
    },
  });
  const backends = { notes: noted(urls[0]!), numbers: { ...noted(urls[1]!), cache: { maxEntries: 10 } } };
  return { Board, Numbers, app: () => createApp([], { providers: [...(NetronModule.forRoot({ backends }).providers ?? [])] }) };
}

it('errors and values with cache options are handed over as well; changes of other clients arrive without a call of the page', async () => {
  const asked: string[] = [];
  const { Board, Numbers, app } = await twoBackends(asked);
  const View = () => {
    const notes = useQuery(Board, 'list');
    const sum = useQuery(Numbers, 'add', [1, 2]);
    const failing = useQuery(Numbers, 'fail');
    return () => (
      <p>
        {notes.loading() ? '…' : notes.data()?.join()} {sum.data() ?? '…'} {failing.error()?.message ?? '…'}
      </p>
    );
  };
  const rendered = app();
  const container = document.createElement('div');
  document.body.append(container);
  container.innerHTML = await renderToString(rendered.view(View));
  await rendered.dispose();
  const paragraph = container.querySelector('p');
  expect(paragraph?.textContent).toBe(' 3 out of range');
  asked.length = 0;

  const page = app();
  const end = hydrate(page.view(View), container);
  expect([container.querySelector('p'), paragraph?.textContent, asked]).toEqual([paragraph, ' 3 out of range', []]);
  const other = app();
  await other.container.get(NetronClient).mutate('board@^1.0.0', 'write', ['milk'], { backend: 'notes' });
  await expect.poll(() => container.textContent).toBe('milk 3 out of range');
  end();
  await Promise.all([page.dispose(), other.dispose()]);
  container.remove();
});

describe('what guards and loaders have read on the server', () => {
  const before = location.pathname;
  afterEach(() => history.replaceState(null, '', before));

  class Sum {
    constructor(readonly value: number) {}
    double() {
      return this.value * 2;
    }
  }
  const sum = () => inject(NetronClient).query<number>('calculator@^1.0.0', 'add', [2, 3], { cache: 60_000 });
  const same = () => inject(NetronClient).query<bigint>('calculator@^1.0.0', 'same', [5n], { cache: 60_000 });

  it.each<[name: string, options: RouteOptions<never, never, unknown, unknown>, kind?: { rich?: true; again?: true }]>([
    ['the result', { loader: sum }],
    ['a result of a type that JSON does not have', { loader: same }, { rich: true }],
    ['a result that cannot be embedded', { loader: async () => new Sum(await sum()) }, { again: true }],
    ['nothing that is returned', { loader: async () => void (await sum()) }],
    ['a value that a guard has read', { guard: async () => void (await sum()) }, { again: true }],
    ['a value of another type that a guard has read', { guard: async () => void (await same()) }, { rich: true, again: true }],
    [
      'a value before the loader fails',
      {
        loader: async () => {
          await sum();
          throw new Error('failed');
        },
      },
      { again: true },
    ],
  ])('is not requested again when the page starts: %s', async (_, options, { rich, again } = {}) => {
    history.replaceState(null, '', '/sum');
    const url = new URL((await server([location.origin])).replace(/^ws/, 'http')).origin;
    const asked: string[] = [];
    const noted = (target: string | URL | Request, init?: RequestInit) => {
      asked.push(new URL(String(target)).pathname);
      return fetch(target, init);
    };
    const make = (kind: 'history' | RouterHistory) => {
      const app = createApp(NetronModule.forRoot({ backends: { main: { url, fetch: noted } } }));
      const Shown = () => {
        const { data } = useQuery(Calculator, 'add', [2, 3]);
        const other = rich && useQuery(Calculator, 'same', [5n]);
        return <p>{() => [data(), other?.data()].join(' ')}</p>;
      };
      const routes = [route('/sum', { ...options, component: Shown, error: Shown } as object)];
      const router = createRouter({ routes, history: kind, container: app.container });
      return { app, router, view: app.view(() => <RouterProvider router={router} />) };
    };
    const rendered = make(memory({ initial: '/sum' }));
    await rendered.router.start();
    const container = document.createElement('div');
    document.body.append(container);
    container.innerHTML = await renderToString(rendered.view);
    await rendered.app.dispose();
    const paragraph = container.querySelector('p');
    expect(paragraph?.textContent).toBe(rich ? '5 5' : '5 ');
    asked.length = 0;

    const page = make('history');
    await page.router.start();
    const end = hydrate(page.view, container);
    await expect.poll(() => document.querySelector('#aether-data')).toBe(null);
    expect([container.querySelector('p'), paragraph?.textContent]).toEqual([paragraph, rich ? '5 5' : '5 ']);
    // A call needs the description of its service, whatever the cache holds.
    expect(asked).toEqual(again ? ['/netron/$services/calculator@%5E1.0.0'] : []);
    end();
    await page.app.dispose();
    container.remove();
  });
});
