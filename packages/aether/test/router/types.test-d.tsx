import { expectTypeOf, it } from 'vitest';
import type { Signal } from '../../src/index.js';
import {
  type AnyRoute,
  createRouter,
  type GuardAnswer,
  Link,
  navigate,
  redirect,
  route,
  useAction,
  useLoaderData,
  useParams,
  useSearch,
} from '../../src/router.js';

const user = route('/users/[id]/[[tab]]', {
  loader: async ({ params, search, signal }) => {
    expectTypeOf(params).toEqualTypeOf<{ readonly id: string; readonly tab?: string }>();
    expectTypeOf(search.q).toEqualTypeOf<string | readonly string[] | undefined>();
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
    return { name: params.id };
  },
  action: ({ form }) => (form.has('x') ? redirect('/') : 1),
});
const files = route('/files/[...path]', {});
const home = route('/');
const tabs = route('/tabs/[[tab]]');
const router = createRouter({ routes: [home, user, files] });

it('parameters, query, data and action results have the types of the named route', () => {
  expectTypeOf(useParams(user)).toEqualTypeOf<Signal<{ readonly id: string; readonly tab?: string }>>();
  expectTypeOf(useParams(files)().path).toEqualTypeOf<readonly string[]>();
  expectTypeOf(useLoaderData(user)()).toEqualTypeOf<{ name: string }>();
  expectTypeOf(useSearch(user)().q).toEqualTypeOf<string | readonly string[] | undefined>();
  expectTypeOf(useAction(user).answer()).toEqualTypeOf<number | undefined>();
});

it('navigation and links need the parameters of their route', () => {
  void router.navigate(home);
  void router.navigate('/anywhere');
  void router.navigate(user, { params: { id: '1' }, search: { q: 'x' }, replace: true });
  // @ts-expect-error id is required
  void router.navigate(user);
  // @ts-expect-error id is a text
  void router.navigate(user, { params: { id: 1 } });
  // @ts-expect-error a rest is a list
  router.href(files, { params: { path: 'a' } });
  <Link to={home}>home</Link>;
  <Link to="/x">x</Link>;
  <Link to={user} params={{ id: '1' }} class="a" />;
  // @ts-expect-error id is required
  <Link to={user} />;
});

it('addresses and routes stand for each other, with options or without', () => {
  const either: string | typeof home = home;
  void navigate(either);
  void navigate(either, { replace: true });
  void navigate('/x', undefined);
  void navigate(home, undefined);
  void navigate(home as AnyRoute);
  void navigate(tabs);
  void navigate(tabs, { params: { tab: 'x' }, hash: 'y' });
  router.href(home, { search: { q: 'x' } });
  // @ts-expect-error an address has no parameters
  void navigate('/x', { params: { id: '1' } });
  // @ts-expect-error id is required
  void navigate(user, { replace: true });
  // @ts-expect-error id is required
  router.href(user);
});

it('a redirect takes what a navigation takes', () => {
  expectTypeOf(redirect('/x')).toEqualTypeOf(redirect(user, { params: { id: '1' }, search: { q: 'x' }, replace: true }));
  redirect(home);
  redirect(home, { replace: true });
  redirect(tabs);
  // @ts-expect-error id is required
  redirect(user);
  // @ts-expect-error id is a text
  redirect(user, { params: { id: 1 } });
  // @ts-expect-error a redirect does not leave the application
  redirect('https://example.com', { external: true });
  // Routes that lead to each other say so in a type, as the compiler cannot infer a circle.
  const first = route('/first', { guard: (): GuardAnswer => redirect(second, { params: { id: '1' } }) });
  const second = route('/second/[id]', { guard: (): GuardAnswer => redirect(first) });
  expectTypeOf(useParams(second)().id).toEqualTypeOf<string>();
});

it('a schema gives the query its type', () => {
  const schema = {
    '~standard': { version: 1 as const, vendor: 'x', validate: () => ({ value: { page: 1 } }) },
  };
  const list = route('/list', { search: schema, loader: ({ search }) => search.page });
  expectTypeOf(useSearch(list)()).toEqualTypeOf<{ page: number }>();
  expectTypeOf(useLoaderData(list)()).toEqualTypeOf<number>();
});
