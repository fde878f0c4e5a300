import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ErrorBoundary, effect, onCleanup, Show, signal } from '../../src/index.js';
import { createRouter, Link, memory, navigate, type Router, RouterProvider, route, useLoaderData } from '../../src/router.js';
import { show, takeReported } from '../view/page.js';

const turn = () => new Promise<void>((resolve) => setTimeout(resolve));
const frame = () => new Promise<void>((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
const heard = (name: string) => new Promise((resolve) => addEventListener(name, resolve, { once: true }));
const back = async (router: Router, delta: number) => {
  const moved = heard('popstate');
  router.go(delta);
  await moved;
  await turn();
};

const Tall = (props: { name: string }) => (
  <main>
    <h1>{props.name}</h1>
    <a class="anchor" href="#low">
      low
    </a>
    <div style="height: 4000px" />
    <p id="low">low</p>
    <div style="height: 4000px" />
  </main>
);
const routes = [
  route('/', { component: () => <Tall name="home" /> }),
  route('/[name]', { component: () => <Tall name="page" /> }),
];

describe('the page of a router', () => {
  let before: string;
  beforeEach(() => {
    before = location.pathname;
    sessionStorage.removeItem('aether.scroll');
    history.replaceState(null, '', '/app/');
    scrollTo(0, 0);
  });
  afterEach(() => {
    document.getElementById('aether-announcer')?.remove();
    history.replaceState(null, '', before);
  });
  const open = async () => {
    const router = createRouter({ routes, base: '/app' });
    const shown = show(<RouterProvider router={router} />);
    await turn();
    return { router, ...shown };
  };

  it('has no route outside of the base, also for a path that has one within it', async () => {
    const router = createRouter({ routes, base: '/app', notFound: () => <h1>none</h1> });
    const { get } = show(<RouterProvider router={router} />);
    const heading = () => get('h1').textContent;
    for (const outside of ['/page', '/', '/application', '/application/page', '/ap']) {
      history.pushState(null, '', outside);
      await router.reload();
      expect([outside, heading(), router.page()?.matches.length]).toEqual([outside, 'none', 0]);
    }
    await navigate('/page');
    expect([heading(), location.pathname]).toEqual(['page', '/app/page']);
    await back(router, -1);
    expect([heading(), location.pathname]).toEqual(['none', '/ap']);
    router.stop();
  });

  it.each(['/прил', '/%D0%BF%D1%80%D0%B8%D0%BB/', '/a b/c', '/x/../app//'])('is found below the base %s', async (base) => {
    const path = new URL(base, location.origin).pathname.replace(/\/+$/, '');
    history.replaceState(null, '', `${path}/page`);
    const router = createRouter({ routes, base });
    const { get } = show(() => [<RouterProvider router={router} />, <a href={router.history.address('/other')}>other</a>]);
    await turn();
    expect(get('h1').textContent).toBe('page');
    await navigate('/');
    expect([get('h1').textContent, location.pathname]).toEqual(['home', `${path}/`]);
    expect(get('a[href]:not(.anchor)').getAttribute('href')).toBe(`${path}/other`);
    router.stop();
  });

  it('keeps the position to which a link within it has scrolled, which is a history entry', async () => {
    const { router, get } = await open();
    await navigate('/page');
    const { index } = router.history.entry;
    const moved = heard('popstate');
    get('.anchor').click();
    await moved;
    await turn();
    expect([location.hash, router.page()?.url.hash, scrollY > 1000]).toEqual(['#low', '#low', true]);
    expect(router.history.entry.index).toBe(index + 1);
    // Somebody who may not leave comes back to the same entry, in whichever direction it lies.
    const end = router.block(() => true);
    const returned = heard('popstate').then(() => heard('popstate'));
    router.go(-1);
    await returned;
    await turn();
    end();
    expect([location.hash, router.history.entry.index]).toEqual(['#low', index + 1]);
    await back(router, -2);
    expect([location.pathname, get('h1').textContent]).toEqual(['/app/', 'home']);
  });

  it('restores its position on back and forward over a link within it', async () => {
    const { router, get } = await open();
    scrollTo(0, 300);
    const moved = heard('popstate');
    get('.anchor').click();
    await moved;
    await turn();
    const low = scrollY;
    await back(router, -1);
    expect([low > 1000, location.hash, scrollY]).toEqual([true, '', 300]);
    await back(router, 1);
    expect([location.hash, scrollY]).toEqual(['#low', low]);
  });

  it.each(['#%', '#%E0%A4%A', '#nothing'])('is shown for the fragment %s, which matches no element', async (hash) => {
    const { get } = await open();
    await navigate(`/page${hash}`);
    expect([get('h1').textContent, document.activeElement === get('h1')]).toEqual(['page', true]);
  });

  it('is scrolled to its fragment when it is opened', async () => {
    history.replaceState(null, '', '/app/page#low');
    await open();
    expect(scrollY).toBeGreaterThan(1000);
  });

  it('rendered by a server and scrolled by the user keeps its position', async () => {
    history.replaceState(null, '', '/app/page#low');
    const filler = document.body.appendChild(document.createElement('div'));
    filler.style.height = '9000px';
    scrollTo(0, 77);
    await open();
    expect(scrollY).toBe(77);
    filler.remove();
  });

  it('keeps its position after a reload, as do the previous pages', async () => {
    const first = await open();
    scrollTo(0, 300);
    await navigate('/page');
    scrollTo(0, 500);
    dispatchEvent(new Event('pagehide'));
    first.remove();
    scrollTo(0, 0);
    const { router } = await open();
    expect(scrollY).toBe(500);
    await back(router, -1);
    expect([location.pathname, scrollY]).toEqual(['/app/', 300]);
  });

  it.each(['{', 'null', '[1]', '[["a"]]'])('opens with %j as stored positions', async (text) => {
    sessionStorage.setItem('aether.scroll', text);
    const { get } = await open();
    expect(get('h1').textContent).toBe('home');
  });

  it('changes with a view transition: a navigation ends when the page is shown, and a later one causes no unhandled rejection', async () => {
    const rejections: unknown[] = [];
    const note = (event: PromiseRejectionEvent) => {
      event.preventDefault();
      rejections.push(event.reason);
    };
    addEventListener('unhandledrejection', note);
    const router = createRouter({ routes, base: '/app', viewTransitions: true });
    const { get } = show(<RouterProvider router={router} />);
    await turn();
    await navigate('/page');
    expect([get('h1').textContent, location.pathname]).toEqual(['page', '/app/page']);
    await Promise.all([navigate('/'), turn().then(() => navigate('/page'))]);
    await navigate('/');
    await navigate('/page');
    await frame();
    await frame();
    expect([get('h1').textContent, location.pathname, rejections]).toEqual(['page', '/app/page', []]);
    removeEventListener('unhandledrejection', note);
  });

  it('shows nothing of a navigation that is superseded before the view transition starts', async () => {
    let answer = (_: string) => {};
    const loader = () => new Promise<string>((resolve) => (answer = resolve));
    const router = createRouter({
      routes: [route('/'), route('/a'), route('/b', { pending: () => null, loader })],
      base: '/app',
      viewTransitions: true,
    });
    show(<RouterProvider router={router} />);
    await turn();
    const { index } = router.history.entry;
    const animate = vi.spyOn(document, 'startViewTransition');
    const first = navigate('/a');
    await vi.waitUntil(() => animate.mock.calls.length > 0, { interval: 0 });
    animate.mockRestore();
    const second = navigate('/b');
    await turn();
    answer('data');
    await Promise.all([first, second]);
    expect([router.page()?.url.pathname, location.pathname, router.history.entry.index]).toEqual(['/b', '/app/b', index + 1]);
  });

  it('keeps its router when a provider replaces another one', async () => {
    const router = createRouter({ routes, base: '/app' });
    const which = signal(0);
    const One = () => <RouterProvider router={router} />;
    const Two = () => <RouterProvider router={router} />;
    const { get, remove } = show(() => (which() === 0 ? <One /> : <Two />));
    await turn();
    which.set(1);
    await navigate('/page');
    expect(get('h1').textContent).toBe('page');
    await back(router, -1);
    expect(get('h1').textContent).toBe('home');
    remove();
    expect(() => navigate('/page')).toThrow(expect.objectContaining({ code: 'no_owner' }));
  });

  it('shows the current address when its router is started again', async () => {
    const router = createRouter({ routes, base: '/app' });
    const open = signal(true);
    const { get } = show(
      <Show when={open}>
        <RouterProvider router={router} />
      </Show>,
    );
    await turn();
    open.set(false);
    history.pushState(null, '', '/app/page');
    open.set(true);
    await turn();
    expect(get('h1').textContent).toBe('page');
  });

  it('with addresses in the fragment stays on a link within it', async () => {
    const router = createRouter({ routes, history: 'hash' });
    const { get } = show(<RouterProvider router={router} />);
    await turn();
    await navigate('/page');
    const moved = heard('popstate');
    get('.anchor').click();
    await moved;
    await turn();
    expect([location.hash, get('h1').textContent, router.history.entry.href]).toEqual(['#low', 'page', '/page']);
  });
});

describe('data of a loader', () => {
  class Entity {
    constructor(readonly id: number) {}
  }
  it.each<[string, () => unknown, number]>([
    ['a bigint', () => ({ total: 10n }), 1],
    ['a date', () => ({ at: new Date(0) }), 1],
    ['a list', () => [{ id: 1 }], 1],
    [
      'a circle',
      () => {
        const self: { self?: unknown } = {};
        self.self = self;
        return self;
      },
      1,
    ],
    ['an instance', () => ({ entity: new Entity(1) }), 2],
  ])('with %s can be reloaded; unchanged data does not notify', async (_what, make, times) => {
    const told: unknown[] = [];
    const home = route('/', {
      loader: () => make(),
      component: () => {
        const data = useLoaderData(home);
        effect(() => void told.push(data()));
        return null;
      },
    });
    const router = createRouter({ routes: [home], history: memory() });
    show(<RouterProvider router={router} />);
    await turn();
    await router.reload();
    expect(told).toEqual(Array.from({ length: times }, make));
  });
});

describe('Link', () => {
  const links = (children: () => unknown) => {
    const router = createRouter({ routes: [route('/[[...any]]')], history: memory() });
    const shown = show(
      <ErrorBoundary fallback={(error) => <p>{String(error)}</p>}>
        <RouterProvider router={router}>{children() as never}</RouterProvider>
      </ErrorBoundary>,
    );
    return { router, ...shown };
  };

  it.each([
    ['http://', 'http://'],
    ['http://[', 'http://['],
    ['//evil.example/a', '//evil.example/a'],
    ['/..//evil.example/a', '/evil.example/a'],
    ['/.//evil.example/a', '/evil.example/a'],
    ['mailto:ada@b.example', 'mailto:ada@b.example'],
    ['https://b.example/', 'https://b.example/'],
    ['', '/'],
    ['%', '/%'],
  ])('to %j has the address %j, and does not break the page', async (to, address) => {
    const { get, router } = links(() => (
      <Link to={to} prefetch="hover">
        link
      </Link>
    ));
    await turn();
    expect(get('a').getAttribute('href')).toBe(address);
    get('a').dispatchEvent(new PointerEvent('pointerenter'));
    await turn();
    // The browser takes what is not of the application; the test does not let it.
    get('a').addEventListener('click', (event) => event.preventDefault());
    get('a').click();
    await turn();
    expect([router.history.entry.href, get('a').isConnected]).toEqual([
      address.startsWith('/') && to !== address ? address : '/',
      true,
    ]);
  });

  it('to an address outside is never marked as the current page', async () => {
    const router = createRouter({ routes: [route('/', { loader: () => new Promise(() => {}) })], history: memory() });
    const { get, remove } = show(
      <RouterProvider router={router}>
        <Link to="https://b.example/">link</Link>
      </RouterProvider>,
    );
    expect(get('a').getAttribute('aria-current')).toBe(null);
    remove();
  });

  it('clears a ref only while the ref holds its element', async () => {
    const element = signal<HTMLAnchorElement | undefined>(undefined);
    const first = signal(true);
    const { get, remove } = links(() => (
      <>
        <Show when={() => !first()}>
          <Link to="/second" ref={element}>
            second
          </Link>
        </Show>
        <Show when={first}>
          <Link to="/first" ref={element}>
            first
          </Link>
        </Show>
      </>
    ));
    await turn();
    expect(element()).toBe(get('a'));
    first.set(false);
    expect(element()).toBe(get('a'));
    remove();
    expect(element()).toBe(undefined);
  });

  it('calls the handlers and the ref passed to it, in addition to its own', async () => {
    const calls: string[] = [];
    const element = signal<HTMLAnchorElement | undefined>(undefined);
    const { get, router, remove } = links(() => (
      <>
        <Link
          to="/a"
          prefetch="hover"
          ref={element}
          onPointerEnter={() => calls.push('enter')}
          onFocus={() => calls.push('focus')}
        >
          a
        </Link>
        <Link
          to="/b"
          ref={(each: HTMLAnchorElement) => {
            calls.push(each.tagName);
            onCleanup(() => calls.push('gone'));
          }}
        >
          b
        </Link>
      </>
    ));
    await turn();
    expect(element()).toBe(get('a'));
    get('a').dispatchEvent(new PointerEvent('pointerenter'));
    get('a').dispatchEvent(new FocusEvent('focus'));
    get('a').click();
    await turn();
    expect(router.url.pathname).toBe('/a');
    remove();
    expect([calls, element()]).toEqual([['A', 'enter', 'focus', 'gone'], undefined]);
  });

  it('reports the error of a navigation', async () => {
    const router = createRouter({
      routes: [route('/'), route('/loop', { guard: () => '/loop' })],
      history: memory(),
    });
    const { get } = show(
      <RouterProvider router={router}>
        <Link to="/loop">loop</Link>
      </RouterProvider>,
    );
    await turn();
    get('a').click();
    await turn();
    await turn();
    expect(takeReported().map(String)).toEqual([expect.stringContaining('more than 20 redirects')]);
  });
});
