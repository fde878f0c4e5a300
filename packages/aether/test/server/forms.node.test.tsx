import { readFile } from 'node:fs/promises';
import { defineModule } from '@omnitron-dev/nexus';
import { expect, it } from 'vitest';
import { Form, fieldErrors, redirect, route, useAction } from '../../src/router.js';
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

function send(fields: Record<string, string | File>, origin = 'http://localhost', path = '/contact/ada'): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  const request = new Request(`http://localhost${path}`, { method: 'POST', body: form, headers: { origin } });
  return answerPage(request, defineModule({ id: 'app' }), routes);
}

it('the server of the guide is the one that is tested', async () => {
  const guide = await readFile(new URL('../../../../docs/aether/server.md', import.meta.url), 'utf8');
  const own = await readFile(new URL('answer-page.tsx', import.meta.url), 'utf8');
  const named = own.replace("'../../src/index.js'", "'@omnitron-dev/aether'");
  const told = named.replace(/'\.\.\/\.\.\/src\/(\w+)\.js'/g, "'@omnitron-dev/aether/$1'");
  expect(guide).toContain(told);
});

it('a form that is sent before the page is taken over runs the action, and the page has its answer', async () => {
  const sent = await send({ text: '<hello>' });
  expect(sent.status).toBe(200);
  const html = await sent.text();
  expect(html).toContain('<form method="post" action="/contact/ada"');
  expect(html).toContain('ada: &lt;hello');
  const file = new File(['abc'], 'a.txt');
  expect(await (await send({ text: 'hello', file })).text()).toContain('ada: hello with a.txt, 3');
});

it('errors come with their fields, redirects lead elsewhere; forms of other sites and of no route run nothing', async () => {
  const refused = await send({ text: '' });
  expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining('<i>is missing</i>')]);
  const moved = await send({ text: 'done' });
  expect([moved.status, moved.headers.get('location')]).toEqual([303, '/done']);
  expect((await send({ text: 'done' }, 'https://elsewhere.example')).status).toBe(403);
  expect((await send({ text: 'done' }, 'http://localhost', '/nowhere')).status).toBe(404);
});
