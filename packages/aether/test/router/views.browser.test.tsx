import { describe, expect, it, vi } from 'vitest';
import { createApp, ErrorBoundary, Injectable, inject, Module, onCleanup, signal, type View } from '../../src/index.js';
import {
  createRouter,
  Form,
  fieldErrors,
  Link,
  memory,
  navigate,
  Outlet,
  RouterProvider,
  redirect,
  route,
  useAction,
  useBlocker,
  useLoaderData,
  useNavigation,
  useParams,
  useSearch,
} from '../../src/router.js';
import { hydrate, renderToString } from '../../src/ssr.js';
import { show } from '../view/page.js';

const turn = () => new Promise<void>((resolve) => setTimeout(resolve));

describe('routes in views', () => {
  const ended: string[] = [];
  const user = route('/users/[id]', {
    loader: async ({ params }) => `data ${params.id}`,
    title: ({ params, data }) => `${params.id}: ${data}`,
    component: () => {
      onCleanup(() => ended.push('user'));
      const params = useParams(user);
      const data = useLoaderData(user);
      const search = useSearch(user);
      return (
        <p>
          <input />
          {() => `${params().id} ${data()} ${search().tab ?? ''}`}
        </p>
      );
    },
  });
  const home = route('/', { title: 'Home', component: () => <h1>home</h1> });
  const layout = route('/', {
    component: (props: { children?: View }) => {
      const navigation = useNavigation();
      return (
        <main>
          <nav>
            <Link to={home}>home</Link>
            <Link to={user} params={{ id: '1' }} search={{ tab: 'x' }} class="user" prefetch="hover">
              user
            </Link>
            <Link to="https://example.org/">away</Link>
          </nav>
          <i>{() => (navigation() ? 'busy' : '')}</i>
          {props.children}
        </main>
      );
    },
    children: [home, user],
  });

  it('show nested pages, keep common parents, and mark the link to the current page', async () => {
    const router = createRouter({ routes: [layout], history: memory(), pending: () => 'pending' });
    const { text, get, all } = show(<RouterProvider router={router} />);
    expect(text()).toBe('pending');
    await turn();
    expect(get('h1').textContent).toBe('home');
    const [main, link] = [get('main'), get<HTMLAnchorElement>('.user')];
    expect(link.getAttribute('href')).toBe('/users/1?tab=x');
    expect(all('[aria-current=page]').map(({ textContent }) => textContent)).toEqual(['home']);
    link.click();
    expect(get('i').textContent).toBe('busy');
    await turn();
    expect([get('p').textContent, get('main'), get('i').textContent]).toEqual(['1 data 1 x', main, '']);
    const input = get('input');
    await router.navigate(user, { params: { id: '2' } });
    expect([get('p').textContent, get('input'), ended]).toEqual(['2 data 2 ', input, []]);
    router.go(-2);
    await turn();
    await turn();
    expect([get('h1').textContent, ended]).toEqual(['home', ['user']]);
  });

  it('links leave modified clicks and foreign addresses to the browser', async () => {
    const router = createRouter({ routes: [layout], history: memory() });
    const { get, all } = show(
      <div
        onClick={(event) => {
          // What is left to the browser would leave the page of this test.
          event.preventDefault();
        }}
      >
        <RouterProvider router={router} />
      </div>,
    );
    await turn();
    get('.user').dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, ctrlKey: true }));
    (all('a')[2] as HTMLElement).click();
    await turn();
    expect(router.page()?.url.pathname).toBe('/');
  });

  it('show an error where the nearest route handles it; retry loads again', async () => {
    let fail = true;
    const bad = route('/bad', {
      loader: () => {
        if (fail) throw new Error('broken');
        return 'mended';
      },
      component: () => <b>{useLoaderData(bad)}</b>,
    });
    const parent = route('/', {
      component: () => (
        <main>
          <Outlet />
        </main>
      ),
      error: (props) => (
        <button type="button" onClick={() => props.retry()}>
          {props.error.message}
        </button>
      ),
      children: [bad],
    });
    const router = createRouter({ routes: [parent], history: memory({ initial: '/bad' }) });
    const { get } = show(<RouterProvider router={router} />);
    await turn();
    const button = get('button');
    expect(button.textContent).toBe('broken');
    fail = false;
    button.click();
    await turn();
    expect(get('main b').textContent).toBe('mended');
  });

  it('an error that no route handles goes to the ErrorBoundary; an unknown address has a page of its own', async () => {
    const router = createRouter({
      routes: [route('/', { loader: () => Promise.reject(new Error('lost')) }), route('/a', { component: () => 'a' })],
      history: memory(),
      notFound: () => <b>nowhere</b>,
    });
    const { text } = show(
      <ErrorBoundary fallback={(error, _reset) => error.message}>
        <RouterProvider router={router} />
      </ErrorBoundary>,
    );
    await turn();
    expect(text()).toBe('lost');
    const second = createRouter({ ...router.options, history: memory({ initial: '/x' }) });
    const other = show(<RouterProvider router={second} />);
    await turn();
    expect(other.text()).toBe('nowhere');
  });

  it('forms run the action of their route, expose their state, and navigate to a query with GET', async () => {
    const edit = route('/edit', {
      action: async ({ form }) => {
        if (form.get('name') === '')
          throw Object.assign(new Error('invalid'), { details: { issues: [{ path: ['name'], message: 'required' }] } });
        if (form.get('name') === 'go') return redirect('/done');
        return `saved ${form.get('name')}`;
      },
      component: () => {
        const state = useAction(edit);
        return (
          <Form action={edit} class="f">
            <input name="name" />
            <b>{() => state.answer() ?? fieldErrors(state.error()).name?.[0]}</b>
            <button type="submit">send</button>
          </Form>
        );
      },
    });
    const find = route('/find', {
      component: () => (
        <Form action="/find" method="get">
          <input name="q" value="a b" />
          <i>{() => useSearch(find)().q}</i>
          <button type="submit">find</button>
        </Form>
      ),
    });
    const router = createRouter({
      routes: [edit, find, route('/done', { component: () => 'done' })],
      history: memory({ initial: '/edit' }),
    });
    const { get, text } = show(<RouterProvider router={router} />);
    await turn();
    expect([get('form').getAttribute('action'), get('form').getAttribute('method')]).toEqual(['/edit', 'post']);
    const send = async (value: string) => {
      get<HTMLInputElement>('input').value = value;
      get('button').click();
      await turn();
    };
    await send('');
    expect(get('b').textContent).toBe('required');
    await send('x');
    expect(get('b').textContent).toBe('saved x');
    await send('go');
    expect(text()).toBe('done');
    await router.navigate('/find');
    get('button').click();
    await turn();
    expect([router.url.search, get('i').textContent]).toEqual(['?q=a+b', 'a b']);
  });

  it('a provider gives guards and loaders its container; a route shows `pending`, then moves the focus and announces its title', async () => {
    @Injectable()
    class Names {
      readonly first = 'Ada';
    }
    let arrive = (_name: string) => {};
    const user = route('/user', {
      pending: () => <i>loading</i>,
      loader: () => {
        const { first } = inject(Names);
        return new Promise<string>((resolve) => {
          arrive = () => resolve(first);
        });
      },
      title: ({ data }) => `User ${data}`,
      component: () => <h1>{useLoaderData(user)}</h1>,
    });
    const layout = route('/', { component: (props) => <main>{() => props.children}</main>, children: [route('/'), user] });
    const router = createRouter({ routes: [layout], history: memory() });
    const app = createApp([Names]);
    const { text, get } = show(app.view(() => <RouterProvider router={router} />));
    await router.navigate('/');
    const main = get('main');
    const going = router.navigate('/user');
    await expect.poll(text).toBe('loading');
    arrive('');
    await going;
    expect([text(), get('main') === main]).toEqual(['Ada', true]);
    await app.dispose();
  });

  it('the module of a route is available below it while the route is shown', async () => {
    const disposed: string[] = [];
    @Injectable()
    class Search {
      readonly text = 'found';
      [Symbol.dispose]() {
        disposed.push('search');
      }
    }
    @Module({ providers: [Search] })
    class SearchModule {}
    const search = route('/search', { module: SearchModule, component: () => <p>{inject(Search).text}</p> });
    const other = route('/other', { component: () => <p>other</p> });
    const router = createRouter({ routes: [search, other], history: memory({ initial: '/search' }) });
    const app = createApp([]);
    const { text } = show(app.view(() => <RouterProvider router={router} />));
    await expect.poll(text).toBe('found');
    expect(disposed).toEqual([]);
    await router.navigate('/other');
    expect(text()).toBe('other');
    await expect.poll(() => disposed).toEqual(['search']);
    await app.dispose();
  });

  it('a hydrating page has the data of the loaders of the server', async () => {
    const loaded: string[] = [];
    const item = route('/items/[id]', {
      loader: ({ params }) => {
        loaded.push(params.id);
        return { name: `item ${params.id}` };
      },
      component: () => <p>{() => useLoaderData(item)().name}</p>,
    });
    const start = async () => {
      const router = createRouter({ routes: [item], history: memory({ initial: '/items/1?a=b' }) });
      await router.start();
      return router;
    };
    const container = document.createElement('div');
    document.body.append(container);
    const first = await start();
    container.innerHTML = await renderToString(() => <RouterProvider router={first} />);
    const paragraph = container.querySelector('p');
    const router = await start();
    const end = hydrate(() => <RouterProvider router={router} />, container);
    expect([container.querySelector('p'), paragraph?.textContent, loaded]).toEqual([paragraph, 'item 1', ['1']]);
    await router.reload();
    expect(loaded).toEqual(['1', '1']);
    await router.navigate('/items/2');
    expect([paragraph?.textContent, loaded]).toEqual(['item 2', ['1', '1', '2']]);
    end();
    container.remove();
  });

  describe.each([
    ['a date', new Date(0)],
    ['nothing', undefined],
    ['plain data', { list: [1, 'a', null, true] }],
    ['a number that JSON lacks', -0],
    [
      'values of all kinds',
      { list: [new Date(1), undefined], map: new Map([['a', new Set([1n])]]), url: new URL('https://a.example/') },
    ],
  ])('a page that takes over has %s', (_what, value) => {
    it('from the loaders of the server, beside plain data, and from the action', async () => {
      let loads = 0;
      const inner = route('/inner', {
        loader: () => (loads++, value),
        action: () => ({ answer: value }),
        component: () => <p>inner</p>,
      });
      const routes = [route('/', { loader: () => ({ plain: ++loads }), children: [inner] })];
      const start = async () => {
        const router = createRouter({ routes, history: memory({ initial: '/inner' }) });
        await router.start();
        return router;
      };
      const first = await start();
      await first.submit('/inner', new FormData());
      const container = document.createElement('div');
      document.body.append(container);
      container.innerHTML = await renderToString(() => <RouterProvider router={first} />);
      loads = 0;
      const router = await start();
      expect(loads).toBe(0);
      expect(router.page()?.matches.map(({ data }) => data)).toEqual([{ plain: 3 }, value]);
      expect(router.submission()?.answer).toEqual({ answer: value });
      hydrate(() => <RouterProvider router={router} />, container)();
      container.remove();
    });
  });

  it('data that cannot be embedded is loaded again by the page, and its path is named once', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    class Article {
      title(): string {
        return 'a title';
      }
    }
    const circle: unknown[] = [];
    circle.push(circle);
    for (const [of, reason] of [
      [{ first: [new Article()] }, /^route '\/articles': data\.first\[0\] .*Article/],
      [{ circle }, /^route '\/articles': data\.circle\[0\] is a circular reference/],
    ] as const) {
      warn.mockClear();
      let loads = 0;
      const articles = route('/articles', { loader: () => (loads++, of), component: () => <p>articles</p> });
      const start = async () => {
        const router = createRouter({ routes: [articles], history: memory({ initial: '/articles' }) });
        await router.start();
        return router;
      };
      const container = document.createElement('div');
      document.body.append(container);
      const first = await start();
      for (const _ of [1, 2]) container.innerHTML = await renderToString(() => <RouterProvider router={first} />);
      expect(warn.mock.calls).toEqual([[expect.stringMatching(reason)]]);
      const router = await start();
      expect([loads, router.page()?.matches[0]?.data]).toEqual([2, of]);
      container.remove();
    }
    warn.mockRestore();
  });

  it('useBlocker blocks navigation while it returns true, and ends with its component', async () => {
    const dirty = signal(true);
    const a = route('/a', {
      component: () => {
        useBlocker(() => dirty());
        return (
          <button
            type="button"
            onClick={async () => {
              await navigate('/b');
            }}
          >
            a
          </button>
        );
      },
    });
    const router = createRouter({ routes: [a, route('/b', { component: () => 'b' })], history: memory({ initial: '/a' }) });
    const { get, text } = show(<RouterProvider router={router} />);
    await turn();
    get('button').click();
    await turn();
    expect(text()).toBe('a');
    dirty.set(false);
    get('button').click();
    await turn();
    expect(text()).toBe('b');
  });

  it('navigate outside of a component needs exactly one router of the page', async () => {
    expect(() => navigate('/x')).toThrow(expect.objectContaining({ code: 'no_owner' }));
  });
});

describe('the history of the page', () => {
  it('keeps addresses below the base, moves the focus to the heading, announces the title, and restores the position on back (108)', async () => {
    const before = location.pathname;
    const base = '/app';
    history.replaceState(null, '', `${base}/`);
    const Page = (props: { name: string }) => (
      <main>
        <h1>{props.name}</h1>
        <div style="height: 5000px" />
      </main>
    );
    const router = createRouter({
      routes: [
        route('/', { title: 'First', component: () => <Page name="first" /> }),
        route('/second', {
          title: 'Second',
          component: () => (
            <>
              <Page name="second" />
              <p id="low">low</p>
            </>
          ),
        }),
      ],
      base,
    });
    const { get, remove } = show(<RouterProvider router={router} />);
    await turn();
    expect([document.title, document.activeElement === document.body]).toEqual(['First', true]);
    scrollTo(0, 400);
    await navigate('/second');
    expect([location.pathname, document.title, scrollY]).toEqual(['/app/second', 'Second', 0]);
    expect(document.activeElement).toBe(get('h1'));
    expect(document.querySelector('[role=status]')?.textContent).toBe('Second');
    await navigate('/second#low');
    expect(scrollY).toBeGreaterThan(1000);
    const moved = new Promise((resolve) => addEventListener('popstate', resolve, { once: true }));
    router.go(-2);
    await moved;
    await turn();
    expect([location.pathname, get('h1').textContent, scrollY]).toEqual(['/app/', 'first', 400]);
    remove();
    document.getElementById('aether-announcer')?.remove();
    expect(() => navigate('/second')).toThrow(expect.objectContaining({ code: 'no_owner' }));
    history.replaceState(null, '', before);
  });

  it('keeps addresses in the fragment with hash', async () => {
    const router = createRouter({
      routes: [route('/'), route('/a/[id]', { component: () => <b>{() => useParams()().id as string}</b> })],
      history: 'hash',
    });
    const { get, remove } = show(
      <RouterProvider router={router}>
        <Link to="/a/1?x=2">a</Link>
        <Outlet />
      </RouterProvider>,
    );
    await turn();
    expect(get('a').getAttribute('href')).toBe('#/a/1?x=2');
    get('a').click();
    await turn();
    expect([location.hash, get('b').textContent]).toEqual(['#/a/1?x=2', '1']);
    remove();
    document.getElementById('aether-announcer')?.remove();
    history.replaceState(null, '', location.pathname);
  });
});
