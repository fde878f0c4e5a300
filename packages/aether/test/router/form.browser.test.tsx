import { afterEach, beforeEach, expect, it } from 'vitest';
import type { View } from '../../src/index.js';
import { createRouter, Form, Link, memory, type RouterOptions, RouterProvider, route } from '../../src/router.js';
import { show, takeReported } from '../view/page.js';

const turn = () => new Promise<void>((resolve) => setTimeout(resolve));

let before: string;
beforeEach(() => {
  before = location.pathname;
});
afterEach(() => {
  document.getElementById('aether-announcer')?.remove();
  history.replaceState(null, '', before);
});

/** A page with a form, whose actions are noted by what was sent where. */
async function open(form: (ran: string[]) => View, options: Omit<RouterOptions, 'routes'> = {}) {
  const ran: string[] = [];
  const handling = (path: string, component?: () => View) =>
    route(path, {
      action: ({ form: data, url }) =>
        void ran.push(`${url.pathname}${url.search} ${new URLSearchParams([...data] as [string, string][])}`),
      component,
    });
  const routes = [handling('/', () => <main>{form(ran)}</main>), handling('/save'), handling('/delete'), route('/find')];
  const router = createRouter({ routes, ...options });
  const shown = show(<RouterProvider router={router} />);
  await turn();
  /** Forms that the browser would have sent, as it would have. */
  const native: string[] = [];
  const sent = (event: SubmitEvent) => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    native.push((event.submitter as HTMLButtonElement | null)?.id ?? 'form');
  };
  addEventListener('submit', sent);
  const click = async (id: string) => {
    shown.get(`#${id}`).click();
    await turn();
    await turn();
  };
  const end = () => {
    removeEventListener('submit', sent);
    shown.remove();
  };
  return { router, ran, native, click, end, get: shown.get };
}

const buttons = (prefix: string) => (
  <>
    <input name="x" value="1" />
    <button id="save" type="submit" name="who" value="me" />
    <button id="delete" type="submit" formaction={`${prefix}/delete?soft=1`} name="who" value="del" />
    <button id="find" type="submit" formmethod="get" formaction={`${prefix}/find?old=1#hits`} />
    <input id="image" type="image" alt="" formaction={`${prefix}/delete`} />
    <button id="here" type="submit" formmethod="get" formtarget="_self" />
  </>
);

it.each<[name: string, start: string, options: Omit<RouterOptions, 'routes'>, prefix: string]>([
  ['below a base', '/app/', { base: '/app/' }, '/app'],
  ['in the fragment', '/app/', { history: 'hash' }, '#'],
  ['in the fragment, with a base', '/app', { history: 'hash', base: '/app' }, '#'],
  ['in memory', '/app/', { history: memory() }, ''],
])('a form uses the action and method of its submit button: addresses %s', async (_, start, options, prefix) => {
  history.replaceState(null, '', start);
  const { router, ran, native, click, end, get } = await open(() => <Form action="/save">{buttons(prefix)}</Form>, options);
  await click('save');
  await click('delete');
  await click('image');
  expect(ran.map((each) => each.replace(/&x=\d+&y=\d+$/, ''))).toEqual([
    '/save x=1&who=me',
    '/delete?soft=1 x=1&who=del',
    '/delete x=1',
  ]);
  await click('find');
  expect(router.url.pathname + router.url.search + router.url.hash).toBe('/find?x=1#hits');
  await router.navigate('/');
  expect(get('form').getAttribute('method')).toBe('post');
  await click('here');
  expect(router.url.pathname + router.url.search).toBe('/save?x=1');
  expect([ran.length, native]).toEqual([3, []]);
  end();
});

it('leaves forms for another window, for an address outside, and forms handled elsewhere to the browser', async () => {
  history.replaceState(null, '', '/app/');
  const { ran, native, click, end } = await open(
    () => (
      <>
        <Form action="/save">
          <button id="outside" type="submit" formaction="/elsewhere" />
          <button id="foreign" type="submit" formaction="https://example.com/" />
          <button id="window" type="submit" formtarget="_blank" />
          <button id="dialog" type="submit" formmethod="dialog" />
        </Form>
        <Form action="/save" target="frame">
          <input name="target" value="_self" />
          <button id="frame" type="submit" />
          <button id="self" type="submit" formtarget="_self" />
        </Form>
        <Form action="https://example.com/">
          <button id="away" type="submit" />
        </Form>
        <Form action="/save" on:submit={(event: Event) => event.preventDefault()}>
          <button id="prevented" type="submit" />
        </Form>
        <Form action="/save" onSubmit={(event) => event.preventDefault()}>
          <button id="asked" type="submit" />
        </Form>
      </>
    ),
    { base: '/app' },
  );
  for (const id of ['outside', 'foreign', 'window', 'dialog', 'frame', 'self', 'away', 'prevented', 'asked']) await click(id);
  expect(native).toEqual(['outside', 'foreign', 'window', 'dialog', 'frame', 'away']);
  expect(ran).toEqual(['/save target=_self']);
  end();
});

it.each<[name: string, options: Omit<RouterOptions, 'routes'>, before: string]>([
  ['without a base', {}, ''],
  ['below a base', { base: '/app' }, '/app'],
  ['in the fragment', { history: 'hash' }, '#'],
])('the browser, also before hydration, submits a form to the same address as the router: %s', async (_, options, before) => {
  history.replaceState(null, '', `${before}/`);
  const actions = ['/find', 'find', '../find', '/a/../../../find', '//find', '?x=1', 'https://example.com/x', '//example.com/x'];
  const { end } = await open(
    () =>
      actions.map((action) => (
        <>
          <Form action={action} />
          <Link to={action}>x</Link>
        </>
      )),
    options,
  );
  const written = [...document.querySelectorAll('form')].map((form) => form.getAttribute('action'));
  const linked = [...document.querySelectorAll('form + a')].map((link) => link.getAttribute('href'));
  const find = `${before}/find`;
  const outside = ['https://example.com/x', '//example.com/x'];
  expect([written, linked]).toEqual(new Array(2).fill([find, find, find, find, '//find', `${before}/?x=1`, ...outside]));
  end();
});

it.each<[name: string, start: string, options: Omit<RouterOptions, 'routes'>, base: string]>([
  ['without a base', '/', {}, ''],
  ['below a base', '/app', { base: '/app' }, '/app'],
])(
  'the browser navigates to addresses without a route; the first page has one, also without its slash: %s',
  async (_, start, options, base) => {
    history.replaceState(null, '', start);
    const { router, ran, native, click, end } = await open(
      () => (
        <>
          <Form>
            <input name="x" value="1" />
            <button id="root" type="submit" formaction={base === '' ? '/' : base} />
            <button id="query" type="submit" formaction={`${base}?page=2`} />
            <button id="export" type="submit" formaction={`${base}/export`} />
            <button id="search" type="submit" formmethod="get" formaction={`${base}/search`} />
            <button id="view" type="submit" formaction={`${base}/find`} />
            <button id="beside" type="submit" formaction={`${base || '//example.com'}lication`} />
          </Form>
          <Form action="/logout">
            <button id="action" type="submit" />
          </Form>
        </>
      ),
      options,
    );
    for (const id of ['export', 'search', 'view', 'beside', 'action']) await click(id);
    expect([native, ran]).toEqual([['export', 'search', 'view', 'beside', 'action'], []]);
    await click('root');
    await click('query');
    expect(ran).toEqual(['/ x=1', '/?page=2 x=1']);
    expect(router.url.pathname).toBe('/');
    end();
  },
);

it.each<[name: string, options: Omit<RouterOptions, 'routes'>, followed: string[]]>([
  ['with notFound', { notFound: () => <b>nothing here</b> }, []],
  ['without', {}, ['link', 'get']],
  ['in memory', { history: memory() }, []],
])(
  'a link or a search form to an unknown route is left to the browser, unless there is a page for unknown routes: %s',
  async (_, options, followed) => {
    history.replaceState(null, '', '/');
    const { router, native, click, end } = await open(
      () => (
        <>
          <Link id="link" to="/export">
            export
          </Link>
          <Link id="known" to="/find">
            find
          </Link>
          <Form method="get" action="/export">
            <button id="get" type="submit" />
          </Form>
        </>
      ),
      options,
    );
    const left = (event: MouseEvent) => {
      if (event.defaultPrevented || !(event.target instanceof HTMLAnchorElement)) return;
      event.preventDefault();
      native.push(event.target.id);
    };
    addEventListener('click', left);
    for (const id of ['link', 'get']) {
      await click(id);
      await router.navigate('/');
    }
    await click('known');
    removeEventListener('click', left);
    expect([native, router.url.pathname]).toEqual([followed, '/find']);
    end();
  },
);

it('a handler runs first: it can allow or prevent a form or a link; an error prevents it', async () => {
  history.replaceState(null, '', '/');
  const seen: string[] = [];
  const ways = ['goes', 'stays', 'fails'];
  const act = (event: Event & { readonly currentTarget: HTMLElement }) => {
    const { id } = event.currentTarget;
    seen.push(id);
    if (id.endsWith('stays')) event.preventDefault();
    if (id.endsWith('fails')) throw new Error(id);
  };
  const { router, ran, native, click, end } = await open(() =>
    ways.map((way) => (
      <>
        <Form id={`form-${way}`} action="/save" onSubmit={act}>
          <input name="way" value={way} />
          <button id={`send-${way}`} type="submit" />
        </Form>
        <Link id={`link-${way}`} to={`/find?${way}`} onClick={{ handleEvent: (event) => act(event as never) }}>
          {way}
        </Link>
      </>
    )),
  );
  const left: string[] = [];
  const noted = (event: MouseEvent) => {
    if (event.target instanceof HTMLAnchorElement && !event.defaultPrevented) left.push(event.target.id);
  };
  addEventListener('click', noted);
  for (const way of ways) await click(`send-${way}`);
  for (const way of ['stays', 'fails', 'goes']) await click(`link-${way}`);
  removeEventListener('click', noted);
  expect(seen).toEqual(['form-goes', 'form-stays', 'form-fails', 'link-stays', 'link-fails', 'link-goes']);
  expect([ran, native, left]).toEqual([['/save way=goes'], [], []]);
  expect(router.url.search).toBe('?goes');
  expect(takeReported().map(String)).toEqual(['Error: form-fails', 'Error: link-fails']);
  end();
});
