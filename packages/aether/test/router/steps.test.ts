/** Steps in the history that are refused or overtaken: the page and the address are of each other again, and everything settles. */
import { describe, expect, it } from 'vitest';
import { createRouter, memory, type Router, type RouterHistory, redirect, route } from '../../src/router.js';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A history whose steps end in a later turn, as in browsers. */
const later = (initial: string): RouterHistory => {
  const history = memory({ initial });
  return {
    ...history,
    get entry() {
      return history.entry;
    },
    go: (delta) => void setImmediate(() => history.go(delta)),
  };
};

describe('an action while a refused step back is being reverted', () => {
  it.each([
    ['ends before that', () => undefined],
    ['fails before that', () => Promise.reject(new Error('refused'))],
    ['ends after that', () => turn().then(turn)],
    ['reloads before that', (router: Router) => router.reload()],
  ])('that %s is followed by a load of the page', async (_when, end) => {
    let items = 0;
    const loader = () => items;
    const b = route('/b', { loader, action: () => (items++, end(router)) });
    const router: Router = createRouter({ routes: [route('/a', { loader }), b], history: later('/a') });
    await router.start();
    await router.navigate('/b');
    router.block(() => true);
    router.go(-1);
    await turn();
    expect(router.url.pathname).toBe('/a');
    await router.submit('/b', new FormData());
    await turn();
    await turn();
    const failed = router.submission()?.error !== undefined;
    expect([router.url.pathname, router.page()?.url.pathname, router.page()?.matches[0]?.data]).toEqual([
      '/b',
      '/b',
      failed ? 0 : 1,
    ]);
  });
});

it('a navigation while a refused step back is being reverted leads on from the page', async () => {
  const router = createRouter({ routes: ['/a', '/b', '/c'].map((path) => route(path)), history: later('/a') });
  await router.start();
  await router.navigate('/b');
  const end = router.block(({ pathname }) => pathname === '/a');
  router.go(-1);
  await turn();
  await router.navigate('/c');
  await turn();
  end();
  const addresses = [router.history.entry.href];
  for (let step = 0; step < 2; step++) {
    router.go(-1);
    await turn();
    await turn();
    expect(router.page()?.url.href).toBe(router.url.href);
    addresses.push(router.history.entry.href);
  }
  expect(addresses).toEqual(['/c', '/b', '/a']);
});

it.each([
  ['at once', memory],
  ['later', ({ initial }: { initial: string }) => later(initial)],
])(
  'an action that fails after it has overtaken a step back, which ends %s, leaves the address of the page',
  async (_when, make) => {
    const hangs = route('/a', {
      guard: ({ from }) => from === undefined || new Promise(() => {}),
    });
    const b = route('/b', { action: () => Promise.reject(new Error('refused')) });
    const router = createRouter({ routes: [hangs, b], history: make({ initial: '/a' }) });
    await router.start();
    await router.navigate('/b');
    router.go(-1);
    await turn();
    expect(router.url.pathname).toBe('/a');
    await router.submit('/b', new FormData());
    await turn();
    expect([router.page()?.url.pathname, router.url.pathname, router.submission()?.error?.message]).toEqual([
      '/b',
      '/b',
      'refused',
    ]);
    await router.navigate('/b');
  },
);

it.each([
  ['a navigation that is refused', (router: Router) => router.navigate('/no')],
  ['an action that fails', (router: Router) => router.submit('/no', new FormData())],
])('the first page is loaded after %s, which has overtaken it', async (_what, overtake) => {
  const action = () => Promise.reject(new Error('refused'));
  const routes = [route('/a', { loader: () => turn() }), route('/no', { guard: () => false, action })];
  const router = createRouter({ routes, history: memory({ initial: '/a' }) });
  const started = router.start();
  await overtake(router);
  await started;
  await turn();
  await turn();
  expect([router.page()?.url.pathname, router.url.pathname]).toEqual(['/a', '/a']);
});

describe('after random navigations, steps, actions and reloads at random times', () => {
  const paths = ['/a', '/b', '/c'] as const;

  it.each([
    ['at once', memory],
    ['later', ({ initial }: { initial: string }) => later(initial)],
  ])('all have settled, and page, data and address are of each other (steps end %s)', async (_when, make) => {
    for (let seed = 1; seed <= 500; seed++) {
      let state = seed;
      const pick = (count: number) => {
        state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
        return (state >> 8) % count;
      };
      const path = () => paths[pick(3)] as string;
      const pause = async () => {
        for (let turns = pick(4); turns > 0; turns--) await turn();
      };
      let version = 0;
      const loader = async () => {
        const loaded = version;
        await pause();
        return loaded;
      };
      const action = async () => {
        await pause();
        if (pick(5) === 0) throw new Error('refused');
        version++;
        if (pick(4) === 0) await router.reload();
        return pick(4) === 0 ? redirect(path()) : version;
      };
      const guard = ({ from }: { readonly from: URL | undefined }) => from?.pathname === '/b' || pick(5) > 0;
      const routes = paths.map((path) => route(path, { loader, action, ...(path === '/b' && { guard }) }));
      const router: Router = createRouter({ routes, history: make({ initial: '/a' }) });
      let blocks = false;
      router.block(() => blocks && pick(2) === 0);
      const settled: Promise<unknown>[] = [router.start()];
      for (let step = 0; step < 25; step++) {
        const kind = pick(8);
        if (kind < 2) settled.push(router.navigate(path(), { replace: pick(3) === 0 }));
        else if (kind === 2) router.go(pick(2) === 0 ? -1 : 1);
        else if (kind === 3) settled.push(router.submit(path(), new FormData()));
        else if (kind === 4) {
          version++;
          settled.push(router.reload());
        } else if (kind === 5) blocks = !blocks;
        else await turn();
      }
      blocks = false;
      await Promise.all(settled);
      for (let turns = 0; turns < 20; turns++) await turn();
      const page = router.page();
      expect([seed, page?.url.pathname, page?.matches[0]?.data, router.navigation()]).toEqual([
        seed,
        router.url.pathname,
        version,
        undefined,
      ]);
    }
  });
});
