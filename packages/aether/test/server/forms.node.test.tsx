import { readFile } from 'node:fs/promises';
import { defineModule } from '@omnitron-dev/nexus';
import { expect, it } from 'vitest';
import {
  type AnyRoute,
  createRouter,
  Form,
  fieldErrors,
  Link,
  memory,
  RouterProvider,
  redirect,
  route,
  useAction,
} from '../../src/router.js';
import { handleRequest, renderToString } from '../../src/ssr.js';
import { answerPage } from './answer-page.js';

/** A route whose action tells what it was sent. */
const contact = route('/contact/[who]', {
  action: ({ form, params }) => {
    const text = form.get('text');
    if (text === 'done') return redirect('/done');
    if (text === '') throw Object.assign(new Error('refused'), { issues: [{ path: ['text'], message: 'is missing' }] });
    const file = form.get('file');
    return `${params.who}: ${String(text)}${file instanceof File ? ` with ${file.name}, ${file.size}` : ''}`;
  },
  component: () => {
    const { answer, error } = useAction(contact);
    return () => (
      <Form action={contact} params={{ who: 'ada' }}>
        <p>{answer()}</p>
        <i>{fieldErrors(error()).text}</i>
      </Form>
    );
  },
});
const routes = [contact, route('/done', { component: () => <h1>done</h1> })];

const answer = (request: Request, of: readonly AnyRoute[] = routes) => answerPage(request, defineModule({ id: 'app' }), of);

function send(fields: Record<string, string | File>, origin = 'http://localhost', path = '/contact/ada'): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return answer(new Request(`http://localhost${path}`, { method: 'POST', body: form, headers: { origin } }));
}

it('the tested server is the one of the guide', async () => {
  const guide = await readFile(new URL('../../../../docs/aether/server.md', import.meta.url), 'utf8');
  const own = await readFile(new URL('answer-page.tsx', import.meta.url), 'utf8');
  const named = own.replace("'../../src/index.js'", "'@omnitron-dev/aether'");
  const told = named.replace(/'\.\.\/\.\.\/src\/(\w+)\.js'/g, "'@omnitron-dev/aether/$1'");
  expect(guide).toContain(told);
});

it('a form submitted before hydration runs the action, and the page has its result', async () => {
  const sent = await send({ text: '<hello>' });
  expect(sent.status).toBe(200);
  const html = await sent.text();
  expect(html).toContain('<form method="post" action="/contact/ada"');
  expect(html).toContain('ada: &lt;hello');
  const file = new File(['abc'], 'a.txt');
  expect(await (await send({ text: 'hello', file })).text()).toContain('ada: hello with a.txt, 3');
});

it('errors come with their fields, and redirects are followed; forms of other sites and of unknown routes run nothing', async () => {
  const refused = await send({ text: '' });
  expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining('<i>is missing</i>')]);
  const moved = await send({ text: 'done' });
  expect([moved.status, moved.headers.get('location')]).toEqual([303, '/done']);
  expect((await send({ text: 'done' }, 'https://elsewhere.example')).status).toBe(403);
  expect((await send({ text: 'done' }, 'http://localhost', '/nowhere')).status).toBe(404);
});

/** A form as a browser sends it, to a route that notes what its action is given. */
function posted(path: string, headers: Record<string, string> = {}, body: BodyInit = 'x=1'): Request {
  const own = { origin: 'http://localhost', 'content-type': 'application/x-www-form-urlencoded' };
  return new Request(`http://localhost${path}`, { method: 'POST', body, headers: { ...own, ...headers } });
}

it('an action redirects before the target runs its guards and loaders, also to its own address', async () => {
  const ran: string[] = [];
  const entering = route('/enter', { action: ({ form }) => redirect(String(form.get('x'))) });
  const guarded = route('/own', { guard: () => void ran.push('guard'), loader: () => void ran.push('loader') });
  for (const to of ['/own', '/enter', '/nowhere?a=b#c']) {
    const body = new URLSearchParams({ x: to });
    const answered = await answer(posted('/enter', {}, body), [entering, guarded]);
    expect([answered.status, answered.headers.get('location'), await answered.text()]).toEqual([303, to, '']);
  }
  expect(ran).toEqual([]);
});

it('no action runs after a guard that refuses, redirects or fails, or after a loader that fails', async () => {
  const ran: string[] = [];
  const guarded = (path: string, options: object) =>
    route(path, { error: () => 'sorry', action: () => void ran.push(path), ...options });
  const fails = (statusCode?: number) => () => Promise.reject(Object.assign(new Error('no'), { statusCode }));
  const of = [
    guarded('/refused', { guard: () => false }),
    guarded('/elsewhere', { guard: () => '/done' }),
    guarded('/broken', { guard: fails() }),
    guarded('/missing', { loader: fails(404) }),
    guarded('/odd', { loader: fails(200) }),
    ...routes,
  ] as AnyRoute[];
  const statuses = async (make: (path: string) => Request) =>
    Promise.all(
      ['/refused', '/elsewhere', '/broken', '/missing', '/odd'].map(async (path) => (await answer(make(path), of)).status),
    );
  expect(await statuses((path) => posted(path))).toEqual([403, 303, 500, 404, 500]);
  expect(await statuses((path) => new Request(`http://localhost${path}`))).toEqual([403, 302, 500, 404, 500]);
  expect(ran).toEqual([]);
});

it('a request that does not come from a form of the site is refused before anything is loaded', async () => {
  const ran: string[] = [];
  const taking = route('/', { loader: () => void ran.push('loader'), action: () => void ran.push('action') });
  const status = async (request: Request) => (await answer(request, [taking, route('/plain')])).status;
  expect(await status(posted('/', { origin: 'null' }))).toBe(403);
  expect(await status(posted('/', { origin: 'http://localhost:1' }))).toBe(403);
  expect(await status(posted('/', { origin: 'null', 'sec-fetch-site': 'same-site' }))).toBe(403);
  expect(await status(posted('/', { 'content-type': 'text/plain' }))).toBe(415);
  expect(await status(posted('/', { 'content-type': 'application/json' }, '{}'))).toBe(415);
  expect(await status(new Request('http://localhost/', { method: 'PUT', body: 'x' }))).toBe(405);
  expect(ran).toEqual([]);
  expect(await status(posted('/', { 'content-type': 'multipart/form-data; boundary=a' }, 'no form'))).toBe(400);
  expect(await status(posted('/plain'))).toBe(405);
  expect(ran).toEqual(['loader']);
  // A page without a referrer, or behind a proxy that ends TLS, has another origin than the server knows.
  expect(await status(posted('/', { origin: 'null', 'sec-fetch-site': 'same-origin' }))).toBe(200);
  expect(await status(new Request('http://localhost/', { method: 'HEAD' }))).toBe(200);
});

it('a page whose guard redirects after the action has run is not shown', async () => {
  let sent = false;
  const once = route('/once', {
    guard: () => (sent ? '/done' : undefined),
    action: () => {
      sent = true;
    },
  });
  const answered = await answer(posted('/once'), [once as AnyRoute, ...routes]);
  expect([answered.status, answered.headers.get('location')]).toEqual([303, '/done']);
});

it('a path that starts with two slashes belongs to this server, for forms, too', async () => {
  const ran: string[] = [];
  const all = route('/[...rest]', { action: ({ url }) => void ran.push(url.href) });
  expect((await answer(posted('//elsewhere.example/x'), [all])).status).toBe(200);
  expect(ran).toEqual(['http://localhost/elsewhere.example/x']);
});

it('the error of a loader or guard that must not be exposed is shown by its route, whatever its status', async () => {
  for (const statusCode of [401, 403, 404]) {
    const fail = () => Promise.reject(Object.assign(new Error('no'), { statusCode }));
    for (const options of [{ loader: fail }, { guard: fail }]) {
      const failing = route('/', { ...options, error: () => <p>sorry</p> });
      const failed = await answer(new Request('http://localhost/'), [failing as AnyRoute]);
      expect([failed.status, await failed.text()]).toEqual([statusCode, expect.stringContaining('<p>sorry</p>')]);
    }
  }
});

it('an error of an action with a status sets the status of the page', async () => {
  const failing = route('/', {
    action: () => {
      throw Object.assign(new Error('who are you?'), { statusCode: 401 });
    },
    component: () => {
      const { error } = useAction(failing);
      return () => <p>{error()?.message}</p>;
    },
  });
  const refused = await answer(posted('/'), [failing]);
  expect([refused.status, await refused.text()]).toEqual([401, expect.stringContaining('who are you?')]);
});

it('below a base, links, forms and redirects of a server include it, like those of the page', async () => {
  const home = route('/', {
    guard: ({ url }) => (url.search === '?go' ? redirect('/done') : true),
    component: () => (
      <Form>
        <Link to="/done">done</Link>
      </Form>
    ),
    action: () => redirect('/done?x'),
  });
  const at = async (path: string, make = (address: string) => new Request(address)) => {
    const router = createRouter({ routes: [home, ...routes], base: '/app/', history: memory({ initial: path }) });
    const answered = await handleRequest(router, make(`http://localhost${path}`));
    if (answered instanceof Response) return [answered.status, answered.headers.get('location')];
    return [answered.status, await renderToString(<RouterProvider router={router} />)];
  };
  for (const path of ['/app', '/app/']) {
    const [status, html] = await at(path);
    expect(status).toBe(200);
    expect(html).toContain('<form method="post" action="/app/"');
    expect(html).toContain('<a href="/app/done"');
  }
  expect(await at('/app?go')).toEqual([302, '/app/done']);
  expect(await at('/app', () => posted('/app'))).toEqual([303, '/app/done?x']);
  expect((await at('/application'))[0]).toBe(404);
  // The path of a route, outside of the base.
  expect([await at('/'), await at('/done'), await at('/', () => posted('/'))]).toEqual(Array(3).fill([404, null]));
});
