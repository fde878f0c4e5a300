import { describe, expect, it } from 'vitest';
import { effect } from '../../src/index.js';
import { createRouter, memory, type Router, redirect, route } from '../../src/router.js';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const never = () => new Promise<never>(() => {});
const form = () => new FormData();

describe('the last submitted form', () => {
  it.each(['another navigation', 'the end of the router'])(
    'is no longer pending after %s, although its action never settles',
    async (how) => {
      const send = route('/send', { action: never });
      const router = createRouter({ routes: [send, route('/other')], history: memory({ initial: '/send' }) });
      await router.start();
      void router.submit('/send', form());
      expect(router.submission()).toEqual({ route: send, pending: true });
      if (how === 'another navigation') await router.navigate('/other');
      else router.stop();
      expect(router.submission()).toEqual({ route: send, pending: false });
    },
  );

  it('is the second of two forms submitted at once; it stays pending, and the result of the first is discarded', async () => {
    const answers: ((answer: string) => void)[] = [];
    const signals: AbortSignal[] = [];
    const send = route('/', {
      action: ({ signal }) => {
        signals.push(signal);
        return new Promise<string>((resolve) => answers.push(resolve));
      },
    });
    const router = createRouter({ routes: [send], history: memory() });
    await router.start();
    const states: unknown[] = [];
    const end = effect(() => void states.push([router.submission()?.pending, router.submission()?.answer]));
    const sent = [router.submit('/', form()), router.submit('/', form())];
    await turn();
    answers[0]?.('first');
    await turn();
    answers[1]?.('second');
    await Promise.all(sent);
    expect(states).toEqual([
      [undefined, undefined],
      [true, undefined],
      [true, undefined],
      [false, 'second'],
    ]);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    end();
  });

  it('ends the navigation in progress, whatever its outcome', async () => {
    const send = route('/', {
      action: () => {
        throw new Error('refused');
      },
    });
    const router = createRouter({ routes: [send, route('/slow', { loader: never })], history: memory() });
    await router.start();
    void router.navigate('/slow');
    expect(router.navigation()?.to.pathname).toBe('/slow');
    await router.submit('/', form());
    expect([router.navigation(), router.submission()?.error?.message, router.page()?.url.pathname]).toEqual([
      undefined,
      'refused',
      '/',
    ]);
  });
});

describe('after an action', () => {
  it.each([
    ['an answer', () => 'done', '/new'],
    ['a redirect', () => redirect('/list'), '/list'],
    ['a redirect that is thrown', () => Promise.reject(redirect('/list')), '/list'],
    ['a redirect with `replace`', () => redirect('/list', { replace: true }), '/list'],
    ['a redirect to a redirect', () => redirect('/moved'), '/list'],
  ])('with %s, all data is reloaded, including current and prefetched data', async (_what, answer, path) => {
    let items = 0;
    const router = createRouter({
      routes: [
        route('/', {
          loader: () => items,
          children: [
            route('/list', { loader: () => items }),
            route('/moved', { guard: () => redirect('/list') }),
            route('/new', {
              loader: () => items,
              action: () => {
                items++;
                return answer();
              },
            }),
          ],
        }),
      ],
      history: memory({ initial: '/new' }),
    });
    await router.start();
    await router.prefetch('/list');
    await router.submit('/new', form());
    expect([router.page()?.url.pathname, router.page()?.matches.map(({ data }) => data)]).toEqual([path, [1, 1]]);
  });

  it('a redirect outside of the application is the error of the form', async () => {
    const send = route('/', { action: () => redirect('//evil.example/') });
    const router = createRouter({ routes: [send], history: memory() });
    await router.start();
    await router.submit('/', form());
    expect(router.submission()?.error?.message).toContain('outside of the application');
  });
});

describe('an action that is superseded by a navigation', () => {
  const open = async () => {
    let items = 0;
    const answers: (() => void)[] = [];
    const loads: ((data: number) => void)[] = [];
    const action = () =>
      new Promise<string>((resolve) => {
        answers.push(() => {
          items++;
          resolve('done');
        });
      });
    const children = [
      route('/a', { action }),
      route('/b'),
      route('/no', { guard: () => false }),
      route('/slow', { loader: () => new Promise<number>((resolve) => loads.push(resolve)) }),
    ];
    const router = createRouter({ routes: [route('/', { loader: () => items, children })], history: memory({ initial: '/a' }) });
    await router.start();
    const shown = () => [router.page()?.url.pathname, router.page()?.matches[0]?.data];
    return { router, shown, answers, loads };
  };

  it.each([
    ['/b', '/b'],
    ['/no', '/a'],
  ])('by %s reloads all data of %s when it has settled', async (to, path) => {
    const { router, shown, answers } = await open();
    const sent = router.submit('/a', form());
    await router.navigate(to);
    expect(shown()).toEqual([path, 0]);
    answers[0]?.();
    await sent;
    expect([shown(), router.navigation()]).toEqual([[path, 1], undefined]);
  });

  it('that settles during the navigation reloads data at its end', async () => {
    const { router, shown, answers, loads } = await open();
    const sent = router.submit('/a', form());
    const gone = router.navigate('/slow');
    await turn();
    answers[0]?.();
    await sent;
    loads[0]?.(0);
    await gone;
    await turn();
    loads[1]?.(1);
    await turn();
    expect([shown(), loads.length]).toEqual([['/slow', 1], 2]);
  });

  it('loads nothing after the router was stopped', async () => {
    const { router, shown, answers } = await open();
    const sent = router.submit('/a', form());
    await router.navigate('/b');
    router.stop();
    answers[0]?.();
    await sent;
    expect([shown(), router.navigation()]).toEqual([['/b', 0], undefined]);
  });

  it('is superseded while the page reloads: the next page has new data', async () => {
    const { router, shown, answers, loads } = await open();
    await Promise.all([router.navigate('/slow'), turn().then(() => loads[0]?.(0))]);
    const sent = router.submit('/a', form());
    await turn();
    answers[0]?.();
    await turn();
    await router.navigate('/b');
    await sent;
    expect(shown()).toEqual(['/b', 1]);
  });
});

describe('a page that is still pending', () => {
  const open = async () => {
    const answers: ((data: string) => void)[] = [];
    const guards: boolean[] = [];
    const router = createRouter({
      routes: [
        route('/'),
        route('/slow', {
          pending: () => null,
          guard: () => guards.pop(),
          loader: () => new Promise<string>((resolve) => answers.push(resolve)),
        }),
        route('/no', { guard: () => false }),
        route('/send', { action: () => Promise.reject(new Error('refused')) }),
      ],
      history: memory(),
    });
    await router.start();
    void router.navigate('/slow');
    await turn();
    const shown = () => [router.page()?.url.pathname, router.page()?.matches[0]?.pending, router.page()?.matches[0]?.data];
    expect(shown()).toEqual(['/slow', true, undefined]);
    return { router, shown, answers, guards };
  };

  it.each<[string, (router: Router) => Promise<void> | void]>([
    ['a guard refuses a navigation', (router) => router.navigate('/no')],
    [
      'a blocker stays',
      (router) => {
        router.block(() => true);
        return router.navigate('/');
      },
    ],
    [
      'a blocker prevents a step back',
      (router) => {
        router.block(() => true);
        router.go(-1);
      },
    ],
    ['an action fails', (router) => router.submit('/send', form())],
  ])('is loaded when %s', async (_what, refuse) => {
    const { router, shown, answers } = await open();
    await refuse(router);
    await turn();
    expect(router.navigation()?.to.pathname).toBe('/slow');
    answers.at(-1)?.('data');
    await turn();
    expect([shown(), router.history.entry.index, router.navigation()]).toEqual([['/slow', undefined, 'data'], 1, undefined]);
  });

  it('is not retried forever when its guard refuses it', async () => {
    const { router, guards, answers } = await open();
    guards.push(false);
    await router.navigate('/no');
    await turn();
    expect([guards, answers.length, router.navigation()]).toEqual([[], 1, undefined]);
    expect([router.page()?.matches[0]?.pending, router.page()?.matches[0]?.error?.message]).toEqual([
      undefined,
      "cannot show '/slow': a guard or a blocker refuses what it leads to",
    ]);
  });

  it('is loaded when its router is stopped and started again', async () => {
    const { router, shown, answers } = await open();
    router.stop();
    const started = router.start();
    await turn();
    expect([answers.length, router.navigation()?.to.pathname]).toEqual([2, '/slow']);
    answers[1]?.('data');
    await started;
    expect([shown(), router.navigation()]).toEqual([['/slow', undefined, 'data'], undefined]);
  });

  it('is not restarted by a router that is started again', async () => {
    const { router, answers } = await open();
    await router.start();
    expect([answers.length, router.navigation()?.to.pathname]).toEqual([1, '/slow']);
  });

  it.each([
    ['is refused', '/no', "cannot show '/slow': a guard or a blocker refuses what it leads to"],
    ['leads back to it', '/slow', "cannot show '/slow': more than 20 redirects, the last one to '/slow'"],
    [
      'is outside',
      '//evil.example/',
      "cannot go to '//evil.example/': it is outside of the application; navigate with { external: true } to leave it",
    ],
  ])('has an error when its loader redirects to an address that %s', async (_what, to, message) => {
    let loads = 0;
    const router = createRouter({
      routes: [
        route('/'),
        route('/slow', { pending: () => null, loader: () => (loads++, Promise.resolve(redirect(to))) }),
        route('/no', { guard: () => false }),
      ],
      history: memory(),
    });
    await router.start();
    await router.navigate('/slow').catch(() => {});
    await turn();
    const [match] = router.page()?.matches ?? [];
    expect([match?.pending, match?.error?.message, router.navigation()]).toEqual([undefined, message, undefined]);
    expect(loads).toBe(to === '/slow' ? 21 : 1);
    await router.navigate('/');
    expect(router.page()?.matches[0]?.error).toBe(undefined);
  });

  it('is replaced by another navigation', async () => {
    const { router, shown, answers } = await open();
    void router.submit('/send', form());
    await router.navigate('/');
    await turn();
    expect([shown(), answers.length]).toEqual([['/', undefined, undefined], 1]);
  });
});

describe('an action', () => {
  const page = {
    '~standard': {
      version: 1 as const,
      vendor: 'test',
      validate: (query: unknown) => {
        const page = Number((query as { page?: string }).page ?? 1);
        return page > 0 ? { value: { page } } : { issues: [{ message: 'is no page', path: ['page'] }] };
      },
      types: undefined as unknown as { input: unknown; output: { page: number } },
    },
  };
  const heard: unknown[] = [];
  const list = route('/lists/[id]', {
    search: page,
    action: ({ params, search }) => void heard.push(params, search),
    children: [route('/lists/[id]/items/[item]', {})],
  });

  it('receives the same as a loader: its parameters, and the query parsed by its schema', async () => {
    heard.length = 0;
    const router = createRouter({ routes: [list], history: memory({ initial: '/lists/7/items/1' }) });
    await router.start();
    await router.submit('/lists/7/items/1?page=2', form());
    expect([heard, router.submission()?.error]).toEqual([[{ id: '7' }, { page: 2 }], undefined]);
  });

  it('does not run for a query that its schema refuses', async () => {
    heard.length = 0;
    const router = createRouter({ routes: [list], history: memory({ initial: '/lists/7/items/1' }) });
    await router.start();
    await router.submit('/lists/7/items/1?page=-1', form());
    expect([heard, router.submission()?.error?.message]).toEqual([[], 'page: is no page']);
  });

  it('receives every value of a repeated query parameter, like loaders', async () => {
    const searches: unknown[] = [];
    const all = route('/', {
      action: ({ search }) => void searches.push({ ...search }),
      loader: ({ search }) => searches.push({ ...search }),
    });
    const router = createRouter({ routes: [all], history: memory({ initial: '/?tag=a&tag=b' }) });
    await router.start();
    await router.submit('/?tag=a&tag=b', form());
    expect(searches).toEqual([{ tag: ['a', 'b'] }, { tag: ['a', 'b'] }, { tag: ['a', 'b'] }]);
  });
});
