import { describe, expect, it } from 'vitest';
import { batch, effect, signal } from '../../src/index.js';
import { createRouter, memory, type Router, redirect, route } from '../../src/router.js';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A router with data of a layout and of the page, which say how often the program has changed what they show. */
async function open() {
  const user = signal(0);
  const loads: string[] = [];
  const gates: ((end: 'loaded' | 'failed' | 'outside') => void)[] = [];
  const loader = ({ url }: { readonly url: URL }) => (loads.push(url.pathname), user.peek());
  const children = [
    route('/a', { loader }),
    route('/b', { loader }),
    route('/no', { guard: () => false }),
    route('/moved', { guard: () => redirect('/b') }),
    route('/slow', {
      loader: (info) => {
        const data = loader(info);
        return new Promise<number>((resolve, reject) => {
          gates.push((end) => {
            if (end === 'loaded') resolve(data);
            else reject(end === 'failed' ? new Error('failed') : redirect('//evil.example/'));
          });
        });
      },
    }),
  ];
  const layout = route('/', { loader: () => user.peek(), children });
  const router = createRouter({ routes: [layout], history: memory({ initial: '/a' }) });
  await router.start();
  loads.length = 0;
  const shown = () => [
    router.page()?.url.pathname,
    ...(router.page()?.matches ?? []).map(({ data, error }) => error?.message ?? data),
  ];
  return { router, user, loads, gates, shown };
}

describe('router.reload() during a navigation', () => {
  it.each(['/b', '/moved'])('lets it go on to %s, with all data of that page', async (to) => {
    const { router, user, loads, shown } = await open();
    const gone = router.navigate(to);
    user.set(1);
    await router.reload();
    await gone;
    expect([shown(), router.navigation()]).toEqual([['/b', 1, 1], undefined]);
    await turn();
    expect([loads, router.history.entry.href]).toEqual([['/b'], '/b']);
  });

  it('lets it go on when an effect reloads at the end of an event handler that navigates', async () => {
    const { router, user, loads, shown } = await open();
    const end = effect(() => {
      if (user() > 0) void router.reload();
    });
    await batch(() => {
      user.set(1);
      return router.navigate('/b');
    });
    await turn();
    expect([shown(), loads]).toEqual([['/b', 1, 1], ['/b']]);
    end();
  });

  it('whose loaders run already loads the page again after it', async () => {
    const { router, user, loads, gates, shown } = await open();
    const gone = router.navigate('/slow');
    await turn();
    user.set(1);
    await router.reload();
    gates[0]?.('loaded');
    await gone;
    await turn();
    expect([shown(), loads]).toEqual([
      ['/slow', 0, 0],
      ['/slow', '/slow'],
    ]);
    gates[1]?.('loaded');
    await turn();
    expect([shown(), router.history.entry.index, router.navigation()]).toEqual([['/slow', 1, 1], 1, undefined]);
  });

  it('does not use data that was loaded ahead before', async () => {
    const { router, user, loads, shown } = await open();
    await router.prefetch('/b');
    const gone = router.navigate('/b');
    user.set(1);
    await router.reload();
    await gone;
    expect([shown(), loads]).toEqual([
      ['/b', 1, 1],
      ['/b', '/b'],
    ]);
  });

  it.each<[string, (router: Router) => Promise<void>]>([
    ['a guard refuses it', (router) => router.navigate('/no')],
    [
      'a blocker refuses it',
      (router) => {
        router.block(() => true);
        return router.navigate('/b');
      },
    ],
    ['it redirects outside of the application', (router) => router.navigate('/slow').catch(() => {})],
  ])('loads the page that stays if %s', async (_what, navigate) => {
    const { router, user, loads, gates, shown } = await open();
    const gone = navigate(router);
    const before = user.peek();
    user.set(1);
    await router.reload();
    await turn();
    gates[0]?.('outside');
    await gone;
    await turn();
    expect([before, shown(), loads.at(-1), router.history.entry.href]).toEqual([0, ['/a', 1, 1], '/a', '/a']);
  });

  it('is left to the navigation that replaces it', async () => {
    const { router, user, gates, shown } = await open();
    void router.navigate('/slow');
    await turn();
    user.set(1);
    await router.reload();
    await router.navigate('/b');
    gates[0]?.('failed');
    await turn();
    expect(shown()).toEqual(['/b', 1, 1]);
  });

  it('lets a step back go on', async () => {
    const { router, user, shown } = await open();
    await router.navigate('/b');
    router.go(-1);
    user.set(1);
    await router.reload();
    await turn();
    expect([shown(), router.history.entry.href, router.history.entry.index]).toEqual([['/a', 1, 1], '/a', 0]);
  });

  it('loads the page that stays if a step back is refused', async () => {
    const { router, user, shown } = await open();
    await router.navigate('/b');
    router.block(() => true);
    router.go(-1);
    user.set(1);
    await router.reload();
    await turn();
    expect([shown(), router.history.entry.href]).toEqual([['/b', 1, 1], '/b']);
  });

  it('of the same page begins anew: a loader that hangs holds up nothing', async () => {
    const { router, user, gates, shown } = await open();
    await Promise.all([router.navigate('/slow'), turn().then(() => gates[0]?.('loaded'))]);
    const first = router.reload();
    await turn();
    user.set(1);
    const second = router.reload();
    await turn();
    gates[2]?.('loaded');
    await Promise.all([first, second]);
    expect([shown(), gates.length]).toEqual([['/slow', 1, 1], 3]);
  });
});

describe('router.reload() in a guard or a loader', () => {
  /** Runs what it starts to its end, or to where it waits forever. */
  const end = async () => {
    for (let turns = 0; turns < 1_000; turns++) await turn();
  };
  const cases = (['guard', 'loader'] as const).flatMap((where) =>
    (['at once', 'after a wait'] as const).flatMap((when) =>
      (['the first page', 'another page'] as const).map((which) => [where, when, which] as const),
    ),
  );
  /** Opens a page whose guard or loader reloads it, and returns how often that has run. */
  const reloading = async ([where, when, which]: (typeof cases)[number], wanted: (run: number) => boolean) => {
    let runs = 0;
    const run = async () => {
      const own = ++runs;
      if (when === 'after a wait') await turn();
      if (wanted(own)) await router.reload();
    };
    const routes = [route('/'), route('/own', { [where]: run })];
    const history = memory({ initial: which === 'the first page' ? '/own' : '/' });
    const router: Router = createRouter({ routes, history });
    const started = router.start();
    if (which === 'another page') {
      await started;
      void router.navigate('/own');
    }
    await end();
    const { url, matches = [] } = router.page() ?? {};
    const shown = [url?.pathname, matches[0]?.error?.message, router.navigation(), router.history.entry.index];
    const settled = runs;
    await end();
    expect(runs).toBe(settled);
    return { shown, runs, index: which === 'the first page' ? 0 : 1 };
  };

  it.each(cases)('can be awaited once: %s, %s, of %s', async (...how) => {
    const { shown, runs, index } = await reloading(how, (run) => run === 1);
    expect([shown, runs]).toEqual([['/own', undefined, undefined, index], 2]);
  });

  it.each(cases)('is an error if it never ends: %s, %s, of %s', async (...how) => {
    const { shown, runs, index } = await reloading(how, () => true);
    const message = "cannot reload '/own': a guard or a loader of it reloads it, each time that it runs";
    expect([shown, runs]).toEqual([['/own', message, undefined, index], index === 0 ? 101 : 102]);
  });
});

describe('router.reload() during an action', () => {
  const start = async (end: (router: Router) => unknown) => {
    let items = 0;
    const loader = () => items;
    const send = route('/send', { loader, action: () => (items++, end(router)) });
    const router = createRouter({ routes: [send, route('/b', { loader })], history: memory({ initial: '/send' }) });
    await router.start();
    await router.submit('/send', new FormData());
    await turn();
    const { pending, answer, error } = router.submission() ?? {};
    return [router.page()?.url.pathname, router.page()?.matches[0]?.data, pending, answer ?? error?.message];
  };

  it('keeps its redirect', async () => {
    const end = async (router: Router) => {
      await router.reload();
      return redirect('/b');
    };
    expect(await start(end)).toEqual(['/b', 1, false, undefined]);
  });

  it('keeps its answer', async () => {
    const end = (router: Router) => router.reload().then(() => 'done');
    expect(await start(end)).toEqual(['/send', 1, false, 'done']);
  });

  it('loads the page again if it fails', async () => {
    const end = (router: Router) => router.reload().then(() => Promise.reject(new Error('refused')));
    expect(await start(end)).toEqual(['/send', 1, false, 'refused']);
  });

  it('whose answer leads an effect to navigate keeps that navigation', async () => {
    let end = () => {};
    const result = await start((router) => {
      end = effect(() => {
        if (router.submission()?.answer === 'done') void router.navigate('/b');
      });
      return 'done';
    });
    expect(result).toEqual(['/b', 1, false, 'done']);
    end();
  });
});
