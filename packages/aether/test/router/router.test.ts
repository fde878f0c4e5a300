import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { compileModule, inject } from '../../src/index.js';
import { createRouter, memory, redirect, route } from '../../src/router.js';

/** Promises that the test resolves, by name. */
function gates() {
  const open = new Map<string, (value: string) => void>();
  const signals = new Map<string, AbortSignal>();
  return {
    open,
    signals,
    wait: (name: string, signal: AbortSignal) => {
      signals.set(name, signal);
      return new Promise<string>((resolve) => open.set(name, resolve));
    },
  };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('navigation (AE-09, 108)', () => {
  it('runs guards, then all loaders in parallel, then shows the page', async () => {
    const order: string[] = [];
    const user = route('/users/[id]', {
      guard: () => void order.push('guard child'),
      loader: async ({ params }) => (order.push('load child'), `user ${params.id}`),
    });
    const layout = route('/', {
      guard: async () => void order.push('guard parent'),
      loader: async () => {
        order.push('load parent');
        await turn();
        order.push('loaded parent');
      },
      children: [route('/'), user],
    });
    const router = createRouter({ routes: [layout], history: memory() });
    await router.start();
    order.length = 0;
    await router.navigate(user, { params: { id: 'a b' }, search: { tab: 'x' }, hash: 'top' });
    expect(order).toEqual(['guard parent', 'guard child', 'load parent', 'load child', 'loaded parent']);
    expect(router.history.entry.href).toBe('/users/a%20b?tab=x#top');
    expect(router.page()?.matches.map(({ data, params }) => [data, params])).toEqual([
      [undefined, {}],
      ['user a b', { id: 'a b' }],
    ]);
  });

  it('a later navigation aborts the earlier one, whose data is discarded', async () => {
    const { open, signals, wait } = gates();
    const page = route('/[name]', { loader: ({ params, signal }) => wait(params.name, signal) });
    const router = createRouter({ routes: [route('/'), page], history: memory() });
    await router.start();
    const first = router.navigate('/a');
    await turn();
    expect(router.navigation()?.to.pathname).toBe('/a');
    expect(router.page()?.url.pathname).toBe('/');
    const second = router.navigate('/b');
    await turn();
    expect(signals.get('a')?.aborted).toBe(true);
    open.get('b')?.('B');
    await second;
    open.get('a')?.('A');
    await first;
    expect([router.page()?.matches[0]?.data, router.history.entry.href, router.navigation()]).toEqual(['B', '/b', undefined]);
    router.history.go(-1);
    await turn();
    expect(router.page()?.url.pathname).toBe('/');
  });

  it('a title that depends on data is not computed when the loader of its route has failed', async () => {
    const user = route('/users/[id]', {
      loader: async ({ params }) => {
        if (params.id === '1') throw new Error('no user 1');
        return { name: `user ${params.id}` };
      },
      title: ({ data }) => data.name,
    });
    const router = createRouter({
      routes: [route('/', { title: 'Shop', error: () => 'failed', children: [user] })],
      history: memory(),
    });
    await router.start();
    await router.navigate('/users/1');
    expect([router.page()?.matches.at(-1)?.error?.message, router.title]).toEqual(['no user 1', 'Shop']);
    await router.navigate('/users/2');
    expect(router.title).toBe('user 2');
  });

  it('`pending` of a route is shown while it loads, below the current routes, and its data is not available yet', async () => {
    const { open, wait } = gates();
    const Pending = () => 'pending';
    const User = () => 'user';
    const user = route('/users/[id]', {
      pending: Pending,
      component: User,
      title: () => 'never without data',
      loader: ({ params, signal }) => wait(params.id, signal),
    });
    const other = route('/other', { loader: ({ signal }) => wait('other', signal) });
    const layout = route('/', { loader: () => 'layout', children: [route('/'), user, other] });
    const router = createRouter({ routes: [layout], history: memory() });
    await router.start();
    const page = () => router.page()?.matches.map(({ component, data, pending }) => [component, data, pending ?? false]);
    const first = router.navigate('/users/1');
    await turn();
    expect(page()).toEqual([
      [undefined, 'layout', false],
      [Pending, undefined, true],
    ]);
    expect([router.history.entry.href, router.history.entry.index]).toEqual(['/users/1', 1]);
    // Overtaken by another one, while its loader goes on.
    const second = router.navigate('/users/2');
    await Promise.all([first, turn()]);
    expect(page()?.at(-1)).toEqual([Pending, undefined, true]);
    open.get('2')?.('two');
    await second;
    expect(page()?.at(-1)).toEqual([User, 'two', false]);
    // Without it, the page before stays.
    const third = router.navigate('/other');
    await turn();
    expect(page()?.at(-1)).toEqual([User, 'two', false]);
    open.get('other')?.('other');
    await third;
    expect([router.history.entry.href, router.history.entry.index]).toEqual(['/other', 3]);
    router.go(-1);
    await turn();
    expect(page()?.at(-1)).toEqual([Pending, undefined, true]);
    open.get('2')?.('back');
    await turn();
    expect([page()?.at(-1), router.history.entry.index]).toEqual([[User, 'back', false], 2]);
  });

  it('a loader that redirects while `pending` is shown leaves no history entry behind', async () => {
    const router = createRouter({
      routes: [route('/'), route('/old', { pending: () => 'pending', loader: async () => redirect('/new') }), route('/new')],
      history: memory(),
    });
    await router.start();
    await router.navigate('/old');
    expect([router.history.entry.href, router.history.entry.index]).toEqual(['/new', 1]);
  });

  it('inject() works in guards, loaders and actions until the first await (AE-06)', async () => {
    class Session {
      readonly user = 'Ada';
    }
    const heard: string[] = [];
    const hear = (where: string) => void heard.push(`${where} ${inject(Session).user}`);
    const home = route('/', {
      guard: () => hear('guard'),
      loader: () => hear('loader'),
      action: () => hear('action'),
    });
    const container = compileModule([Session]);
    const router = createRouter({ routes: [home], history: memory(), container });
    await router.start();
    await router.submit('/', new FormData());
    expect(heard).toEqual(['guard Ada', 'loader Ada', 'action Ada', 'guard Ada', 'loader Ada']);
    await expect(createRouter({ routes: [home], history: memory() }).start()).resolves.toBeUndefined();
    expect(heard).toHaveLength(5);
    await container.dispose();
  });

  it('guards redirect, refuse, and run on back and forward', async () => {
    let allowed = true;
    const router = createRouter({
      routes: [
        route('/'),
        route('/secret', { guard: () => (allowed ? true : redirect('/login')) }),
        route('/closed', { guard: () => false }),
        route('/moved', { guard: () => '/login' }),
        route('/login'),
      ],
      history: memory(),
    });
    await router.start();
    await router.navigate('/secret');
    await router.navigate('/login');
    await router.navigate('/closed');
    expect(router.page()?.url.pathname).toBe('/login');
    allowed = false;
    router.go(-1);
    await turn();
    await turn();
    expect(router.page()?.url.pathname).toBe('/login');
    await router.navigate('/moved');
    expect(router.history.entry.href).toBe('/login');
  });

  it('a guard that refuses back leaves the history where it was', async () => {
    let open = true;
    const router = createRouter({
      routes: [route('/a', { guard: () => open }), route('/b'), route('/c')],
      history: memory({ initial: '/a' }),
    });
    await router.start();
    await router.navigate('/b');
    open = false;
    router.go(-1);
    await turn();
    await turn();
    expect([router.history.entry.href, router.page()?.url.pathname]).toEqual(['/b', '/b']);
    open = true;
    router.go(-1);
    await turn();
    await turn();
    expect([router.history.entry.href, router.page()?.url.pathname]).toEqual(['/a', '/a']);
  });

  it('blockers are called, also on back and forward', async () => {
    const router = createRouter({ routes: [route('/a'), route('/b')], history: memory({ initial: '/a' }) });
    await router.start();
    await router.navigate('/b');
    const asked: string[] = [];
    let dirty = true;
    const end = router.block(async (to) => (asked.push(to.pathname), dirty));
    await router.navigate('/a');
    router.go(-1);
    await turn();
    await turn();
    expect([asked, router.history.entry.href]).toEqual([['/a', '/a'], '/b']);
    dirty = false;
    await router.navigate('/a');
    expect(router.page()?.url.pathname).toBe('/a');
    end();
    await router.navigate('/b');
    expect(asked).toHaveLength(3);
  });

  it('a redirect takes an address or a route, as a navigation does', async () => {
    const user = route('/users/[id]', { loader: ({ params, search }) => [params.id, search.tab] });
    const home = route('/');
    const gone = redirect(user, { params: { id: 'a b' }, search: { tab: 'x' }, hash: 'top', replace: true });
    const routes = [home, user, route('/old', { guard: () => gone }), route('/out', { guard: () => redirect(home) })];
    const router = createRouter({ routes, history: memory() });
    await router.navigate('/old');
    expect(router.history.entry.href).toBe('/users/a%20b?tab=x#top');
    expect(router.page()?.matches.map(({ data }) => data)).toEqual([['a b', 'x']]);
    await router.navigate('/out');
    expect(router.history.entry.href).toBe('/');
    expect(() => redirect(user, { params: { id: '' } })).toThrow(TypeError);
  });

  it('endless redirects fail with an error, and addresses outside are refused', async () => {
    const router = createRouter({
      routes: [route('/'), route('/x', { guard: () => '/y' }), route('/y', { loader: () => redirect('/x') })],
      history: memory(),
    });
    await router.start();
    await expect(router.navigate('/x')).rejects.toThrow('more than 20 redirects');
    for (const to of ['//evil.example', 'https://evil.example/', 'javascript:alert(1)']) {
      await expect(router.navigate(to)).rejects.toThrow(TypeError);
    }
    await expect(router.navigate('javascript:alert(1)', { external: true })).rejects.toThrow(TypeError);
    expect(router.page()?.url.pathname).toBe('/');
  });

  it.each([
    ['is refused', '/no'],
    ['redirects endlessly', '/loop'],
    ['is outside', '//evil.example/'],
  ])('a step back to an entry that redirects to an address that %s is undone', async (_what, to) => {
    let open = true;
    const router = createRouter({
      routes: [
        route('/'),
        route('/once', { guard: () => open || to }),
        route('/no', { guard: () => false }),
        route('/loop', { guard: () => '/loop' }),
      ],
      history: memory({ initial: '/once' }),
    });
    await router.start();
    await router.navigate('/');
    open = false;
    const reports = vi.fn();
    vi.stubGlobal('reportError', reports);
    router.go(-1);
    await turn();
    await turn();
    expect([router.history.entry.href, router.page()?.url.pathname, router.navigation()]).toEqual(['/', '/', undefined]);
    expect(reports).toHaveBeenCalledTimes(to === '/no' ? 0 : 1);
    vi.unstubAllGlobals();
  });

  it('errors belong to their route; the routes below it are not shown', async () => {
    const router = createRouter({
      routes: [
        route('/', {
          children: [
            route('/load', { loader: () => Promise.reject(new Error('load')) }),
            route('/guard', {
              guard: () => {
                throw 'guard';
              },
            }),
            route('/query', { search: numbers, loader: ({ search }) => search.page + 1 }),
          ],
        }),
      ],
      history: memory({ initial: '/load' }),
    });
    await router.start();
    const errors = () => router.page()?.matches.map(({ error }) => error?.message);
    expect(errors()).toEqual([undefined, 'load']);
    await router.navigate('/guard');
    expect(errors()).toEqual([undefined, 'guard']);
    await router.navigate('/query?page=x');
    expect(errors()).toEqual([undefined, 'page: not a number']);
    await router.navigate('/query?page=2');
    expect(router.page()?.matches[1]?.data).toBe(3);
  });

  it('loaders with the same input keep their data until the page is reloaded or a form is submitted', async () => {
    let loads = 0;
    const list = route('/list/[id]', { action: ({ form }) => `saved ${form.get('name')}` });
    const router = createRouter({
      routes: [route('/list', { loader: () => ++loads, children: [route('/list'), list] })],
      history: memory({ initial: '/list' }),
    });
    await router.start();
    await router.navigate('/list/1');
    await router.navigate('/list/1#x');
    expect(loads).toBe(1);
    await router.reload();
    expect(loads).toBe(2);
    const form = new FormData();
    form.set('name', 'x');
    await router.submit('/list/1', form);
    expect([loads, router.submission()?.answer, router.submission()?.pending]).toEqual([3, 'saved x', false]);
    await expect(router.submit('/list', form)).rejects.toThrow("cannot submit to '/list': no route there has an action");
  });

  it('actions can redirect and fail', async () => {
    const router = createRouter({
      routes: [
        route('/'),
        route('/ok', { action: () => redirect('/') }),
        route('/bad', { action: () => Promise.reject(new Error('bad')) }),
      ],
      history: memory({ initial: '/ok' }),
    });
    await router.start();
    await router.submit('/bad', new FormData());
    expect(router.submission()?.error?.message).toBe('bad');
    await router.submit('/ok', new FormData());
    expect([router.page()?.url.pathname, router.submission()?.pending]).toEqual(['/', false]);
  });

  it('prefetched data is shown without a request', async () => {
    let loads = 0;
    const router = createRouter({ routes: [route('/'), route('/a', { loader: () => ++loads })], history: memory() });
    await router.start();
    await router.prefetch('/a');
    await router.prefetch('/a');
    await router.navigate('/a');
    expect([loads, router.page()?.matches[0]?.data]).toEqual([1, 1]);
  });

  it('lazy components are loaded once, with the data', async () => {
    let loads = 0;
    const Page = () => 'x';
    const router = createRouter({
      routes: [route('/'), route('/a', { lazy: async () => (loads++, { default: Page }) })],
      history: memory({ initial: '/a' }),
    });
    await router.start();
    await router.navigate('/');
    await router.navigate('/a');
    expect([loads, router.page()?.matches[0]?.component]).toEqual([1, Page]);
  });

  it('children whose paths do not start with that of their parent are refused', () => {
    expect(() => route('/users', { children: [route('/posts')] })).toThrow(
      "route '/users': paths of children must begin with '/users', not '/posts'",
    );
  });

  it('behaves like a model of the history for random actions', async () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ push: fc.constantFrom('/a', '/b', '/c') }),
        fc.record({ replace: fc.constantFrom('/a', '/b', '/c') }),
        fc.record({ go: fc.integer({ min: -2, max: 2 }) }),
      ),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const router = createRouter({ routes: [route('/[[name]]')], history: memory() });
        await router.start();
        let entries = ['/'];
        let index = 0;
        for (const step of all) {
          if ('push' in step) {
            if (entries[index] !== step.push) {
              entries = [...entries.slice(0, index + 1), step.push];
              index++;
            }
            await router.navigate(step.push);
          } else if ('replace' in step) {
            entries[index] = step.replace;
            await router.navigate(step.replace, { replace: true });
          } else {
            index = Math.min(Math.max(index + step.go, 0), entries.length - 1);
            router.go(step.go);
            await turn();
          }
          expect([router.page()?.url.pathname, router.history.entry.href]).toEqual([entries[index], entries[index]]);
        }
      }),
      { numRuns: 40 },
    );
  });
});

/** A schema, as libraries for validation make them. */
const numbers = {
  '~standard': {
    version: 1 as const,
    vendor: 'test',
    validate: (value: unknown) => {
      const page = Number((value as { page?: string }).page);
      return Number.isNaN(page) ? { issues: [{ message: 'not a number', path: ['page'] }] } : { value: { page } };
    },
  },
};
