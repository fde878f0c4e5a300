/** How readers hear of a page: its title, the focus, and the region whose texts screen readers say. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Component, effect, lazy, Show, Suspense, signal, type View } from '../../src/index.js';
import { type AnyRoute, createRouter, memory, type RouterOptions, RouterProvider, route } from '../../src/router.js';
import { hydrate, renderToString } from '../../src/ssr.js';
import { show, takeReported } from '../view/page.js';

const turn = () => new Promise<void>((resolve) => setTimeout(resolve));
const region = () => document.getElementById('aether-announcer');
const focused = () => document.activeElement?.textContent;

let before: string;
beforeEach(() => {
  before = location.pathname;
  history.replaceState(null, '', '/');
  document.title = 'Document';
});
afterEach(() => {
  region()?.remove();
  history.replaceState(null, '', before);
});

const home = route('/', { title: 'Home', component: () => <main>home</main> });

async function open(routes: readonly AnyRoute[], options: Partial<RouterOptions> = {}) {
  const router = createRouter({ routes: [home, ...routes], ...options });
  const shown = show(
    <>
      <header>
        <h1>My site</h1>
      </header>
      <RouterProvider router={router} />
    </>,
  );
  await turn();
  return { router, ...shown };
}

it.each<[name: string, page: () => View, heading: string]>([
  [
    'that of main, rather than that of the site',
    () => (
      <main>
        <h1>The page</h1>
      </main>
    ),
    'The page',
  ],
  [
    'not one that is hidden',
    () => (
      <main>
        <h1 style="display: none">For print</h1>
        <h1 hidden>Hidden</h1>
        <h1>The page</h1>
      </main>
    ),
    'The page',
  ],
  ['that of the site, when the page has none', () => <main>text</main>, 'My site'],
])('the focus moves to the first focusable heading: %s', async (_, page, heading) => {
  const { router, all } = await open([route('/page', { title: 'Page', component: page })]);
  await router.navigate('/page');
  expect([focused(), document.title, region()?.textContent]).toEqual([heading, 'Page', 'Page']);
  expect(all('h1[tabindex]').map(({ textContent }) => textContent)).toEqual([heading]);
});

it('the focus moves to main when no heading is focusable; the title of the document is announced', async () => {
  const router = createRouter({ routes: [home, route('/page', { component: () => <main>text</main> })] });
  const { get } = show(<RouterProvider router={router} />);
  await turn();
  await router.navigate('/page');
  expect([document.activeElement === get('main'), region()?.textContent]).toEqual([true, 'Document']);
  expect(document.title).toBe('Document');
});

it('a page without a title keeps that of the document, and its heading is announced: unknown route, no title, failed', async () => {
  const heading = (text: string) => (
    <main>
      <h1> {text} </h1>
    </main>
  );
  const failing = route('/failing', {
    loader: () => {
      throw new Error('no');
    },
    error: () => heading('Sorry'),
  });
  const untitled = route('/untitled', { component: () => heading('Untitled') });
  const own = route('/own', {
    component: () => {
      document.title = 'Own';
      return heading('Heading');
    },
  });
  const { router } = await open([failing, untitled, own], {
    notFound: () => heading('404'),
  });
  expect(document.title).toBe('Home');
  for (const [address, title, told] of [
    ['/nowhere', 'Document', '404'],
    ['/untitled', 'Document', 'Untitled'],
    ['/', 'Home', 'Home'],
    ['/failing', 'Document', 'Sorry'],
    ['/own', 'Own', 'Own'],
    ['/untitled', 'Document', 'Untitled'],
  ] as const) {
    await router.navigate(address);
    expect([address, document.title, region()?.textContent]).toEqual([address, title, told]);
  }
});

it('the title of an unknown address is the one passed to the router, on a server, too', async () => {
  const options = { notFound: () => <main>404</main>, notFoundTitle: 'Nothing here' };
  const { router } = await open([], options);
  await router.navigate('/nowhere');
  expect([document.title, region()?.textContent, router.title]).toEqual(['Nothing here', 'Nothing here', 'Nothing here']);
  await router.navigate('/');
  expect(document.title).toBe('Home');
  const server = createRouter({ routes: [home], ...options, history: memory({ initial: '/nowhere' }) });
  await server.start();
  expect(server.title).toBe('Nothing here');
  const untold = createRouter({ routes: [home], history: memory({ initial: '/nowhere' }) });
  await untold.start();
  expect(untold.title).toBe(undefined);
});

it('a page without a title uses its heading when the title of the document is that of the first page', async () => {
  document.title = 'Home';
  const page = () => (
    <main>
      <h1>Untitled</h1>
    </main>
  );
  const { router } = await open([route('/page', { component: page })]);
  await router.navigate('/page');
  expect([document.title, region()?.textContent]).toEqual(['Untitled', 'Untitled']);
});

it('a page without a title and without a heading has no title instead of that of another page', async () => {
  document.title = 'Home';
  const options = {
    routes: [home, route('/text', { component: () => 'text' }), route('/page', { component: () => <h1>Untitled</h1> })],
  };
  const router = createRouter(options);
  const { remove } = show(<RouterProvider router={router} />);
  await turn();
  const titles: string[] = [];
  for (const address of ['/text', '/page', '/text', '/', '/text']) {
    await router.navigate(address);
    titles.push(document.title);
  }
  expect(titles).toEqual(['', 'Untitled', '', 'Home', '']);
  remove();
});

it.each<[name: string, root: () => void]>([
  ['in its root', () => void (document.title = 'Shop')],
  ['in an effect', () => effect(() => void (document.title = 'Shop'))],
])('a title set by the program %s stays when no route has a title', async (_, root) => {
  const page = (text: string) => () => (
    <main>
      <h1>{text}</h1>
    </main>
  );
  const router = createRouter({ routes: [route('/', { component: page('Start') }), route('/map', { component: page('Map') })] });
  const Root = () => {
    root();
    return <RouterProvider router={router} />;
  };
  await router.start();
  show(<Root />);
  for (const [address, heading] of [
    ['/map', 'Map'],
    ['/', 'Start'],
  ] as const) {
    await router.navigate(address);
    expect([document.title, region()?.textContent]).toEqual(['Shop', heading]);
  }
});

it('a title set by the components of a page is removed with the page, also when two pages set the same', async () => {
  const page = (title?: string) => () => {
    if (title !== undefined) document.title = title;
    return <main>text</main>;
  };
  const routes = [
    route('/a', { component: page('Shop') }),
    route('/b', { component: page('Shop') }),
    route('/c', { component: page() }),
  ];
  const { router } = await open(routes);
  for (const [address, title] of [
    ['/a', 'Shop'],
    ['/b', 'Shop'],
    ['/c', 'Document'],
    ['/a', 'Shop'],
    ['/', 'Home'],
    ['/c', 'Document'],
  ] as const) {
    await router.navigate(address);
    expect([address, document.title]).toEqual([address, title]);
  }
});

it('a title that the program sets in between is kept', async () => {
  const { router } = await open([route('/map', { component: () => <main>map</main> })]);
  document.title = '(3) Chat';
  await router.navigate('/map');
  expect([document.title, region()?.textContent]).toEqual(['(3) Chat', 'My site']);
});

it.each<[name: string, address: string, written: string, title: string]>([
  ['of an unknown route', '/nowhere', 'Not found', 'Other'],
  ['with a title that is decorated', '/', 'Home – My App', 'Other'],
  ['without a title', '/map', 'My App', 'My App'],
])(
  'the title rendered by a server for the first page is not used for other pages: one %s',
  async (_, address, written, title) => {
    const map = route('/map', {
      component: () => (
        <main>
          <h1>Map</h1>
        </main>
      ),
    });
    const other = route('/other', {
      component: () => (
        <main>
          <h1>Other</h1>
        </main>
      ),
    });
    const plain = route('/plain', { component: () => 'plain' });
    const options = { routes: [home, map, other, plain], notFound: () => <main>nothing</main> };
    const server = createRouter({ ...options, history: memory({ initial: address }) });
    await server.start();
    const frame = document.body.appendChild(document.createElement('div'));
    frame.innerHTML = await renderToString(<RouterProvider router={server} />);
    document.title = written;
    history.replaceState(null, '', address);
    const router = createRouter(options);
    await router.start();
    const end = hydrate(<RouterProvider router={router} />, frame);
    await router.navigate('/plain');
    expect(document.title).toBe(title === 'Other' ? '' : title);
    await router.navigate('/other');
    expect([document.title, region()?.textContent]).toEqual([title, 'Other']);
    end();
    frame.remove();
  },
);

it('the live region exists, empty, before the first announcement', async () => {
  const { router } = await open([route('/page', { title: 'Page', component: () => <main>page</main> })]);
  const made = region();
  expect([made?.getAttribute('role'), made?.textContent]).toEqual(['status', '']);
  await router.navigate('/page');
  expect([region() === made, made?.textContent]).toEqual([true, 'Page']);
});

it('the live region exists in a page hydrated as a whole; a router in memory has none', async () => {
  const view = (router: ReturnType<typeof createRouter>) => <RouterProvider router={router} />;
  const other = show(view(createRouter({ routes: [home], history: memory() })));
  await turn();
  expect(region()).toBe(null);
  other.remove();
  const frame = document.body.cloneNode(false) as HTMLElement;
  const body = document.body;
  body.replaceWith(frame);
  try {
    const server = createRouter({ routes: [home], history: memory() });
    await server.start();
    frame.innerHTML = await renderToString(view(server));
    const router = createRouter({ routes: [home] });
    await router.start();
    const end = hydrate(view(router), frame);
    await turn();
    expect([frame.textContent, region()?.parentNode === frame]).toEqual(['home', true]);
    end();
  } finally {
    frame.replaceWith(body);
  }
});

it('a title that throws is reported; the page is shown and announced as one without a title', async () => {
  const failing = route('/failing', {
    title: () => {
      throw new Error('no title');
    },
    component: () => (
      <main>
        <h1>Still here</h1>
      </main>
    ),
  });
  const { router } = await open([failing]);
  await router.navigate('/failing');
  expect(takeReported().map(String)).toEqual(['Error: no title']);
  expect([focused(), document.title, region()?.textContent]).toEqual(['Still here', 'Document', 'Still here']);
});

it('a module without a component is an error of its route, as with lazy()', async () => {
  const load = async () => ({}) as { default: Component<object> };
  const Late = lazy<object>(load);
  const { router, text } = await open([
    route('/route', { lazy: load, error: ({ error }) => error.message }),
    route('/use', {
      component: () => (
        <Suspense>
          <Late />
        </Suspense>
      ),
    }),
  ]);
  await router.navigate('/route');
  expect(text()).toBe('My sitelazy: the default export must be a component');
  await router.navigate('/use');
  await turn();
  expect(takeReported().map(String)).toEqual(['TypeError: lazy: the default export must be a component']);
});

/** A page whose heading is another one when its data is there. */
function loading() {
  const name = signal<string | undefined>(undefined);
  const page = route('/late', {
    component: () => (
      <main>
        <Show when={name} fallback={<h1>Loading</h1>}>
          {(shown) => (
            <section>
              <h1 class="there">{shown}</h1>
            </section>
          )}
        </Show>
        <button type="button">act</button>
      </main>
    ),
  });
  return { name, page };
}

const focus = () => [document.activeElement?.localName, document.activeElement?.textContent];

it('the focus follows when the focused heading is replaced, each time', async () => {
  const { name, page } = loading();
  const { router, get } = await open([page]);
  await router.navigate('/late');
  expect(focus()).toEqual(['h1', 'Loading']);
  for (const [value, heading] of [
    ['Ada', 'Ada'],
    [undefined, 'Loading'],
    ['Grace', 'Grace'],
  ] as const) {
    name.set(value);
    await turn();
    expect(focus()).toEqual(['h1', heading]);
  }
  expect(document.activeElement).toBe(get('h1.there'));
});

it.each<[name: string, act: (get: (query: string) => HTMLElement) => void]>([
  ['to another element', (get) => get('button').focus()],
  ['away from the heading', (get) => get('main h1').blur()],
])('the focus that the user has moved %s stays', async (_, act) => {
  const { name, page } = loading();
  const { router, get } = await open([page]);
  await router.navigate('/late');
  act(get);
  const moved = document.activeElement;
  expect(moved).not.toBe(get('main h1'));
  await turn();
  name.set('Ada');
  await turn();
  expect(document.activeElement).toBe(moved);
  get('button').remove();
  await turn();
  expect(document.activeElement).toBe(document.body);
});

it('the focus is not moved after the router has ended', async () => {
  const { name, page } = loading();
  const { router } = await open([page]);
  await router.navigate('/late');
  router.stop();
  name.set('Ada');
  await turn();
  expect(document.activeElement).toBe(document.body);
});

it('a focused main, in place of a heading, is followed, too', async () => {
  const wide = signal(false);
  const page = route('/bare', { component: () => () => (wide() ? <main class="wide">text</main> : [<main>text</main>]) });
  const router = createRouter({ routes: [home, page] });
  const { get } = show(<RouterProvider router={router} />);
  await turn();
  await router.navigate('/bare');
  const first = get('main');
  expect(document.activeElement).toBe(first);
  wide.set(true);
  await turn();
  expect([first.isConnected, document.activeElement === get('main.wide')]).toEqual([false, true]);
});

it('a title derived from the heading is updated with the data, whether its text or the element changes, wherever the focus is', async () => {
  document.title = 'Home';
  const { name, page } = loading();
  const { router, get } = await open([page]);
  await router.navigate('/late');
  expect(document.title).toBe('Loading');
  name.set('Ada');
  await turn();
  expect(document.title).toBe('Ada');
  get('button').focus();
  name.set(undefined);
  await turn();
  expect([document.title, document.activeElement === get('button')]).toEqual(['Loading', true]);
  name.set('Grace');
  await turn();
  document.title = 'Set by hand';
  name.set('Ada');
  await turn();
  expect(document.title).toBe('Set by hand');
});

it('a title derived from a heading follows its text', async () => {
  document.title = 'Home';
  const text = signal('One moment');
  const page = route('/text', {
    component: () => (
      <main>
        <h1>{text}</h1>
      </main>
    ),
  });
  const { router } = await open([page]);
  await router.navigate('/text');
  expect(document.title).toBe('One moment');
  text.set('Ada');
  await turn();
  expect(document.title).toBe('Ada');
  await router.navigate('/');
  text.set('Grace');
  await turn();
  expect(document.title).toBe('Home');
});
