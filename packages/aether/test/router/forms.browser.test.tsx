import { expect, it, vi } from 'vitest';
import { createRouter, Form, fieldErrors, memory, RouterProvider, route, useAction } from '../../src/router.js';
import { hydrate, renderToString } from '../../src/ssr.js';
import '../view/page.js';

it.each([
  ['an answer', 'hello', '<p>got hello</p><i></i>'],
  ['an error with its fields', '', '<p></p><i>is missing</i>'],
])('%s of a form submitted before hydration stays when the page is hydrated', async (_, text, shown) => {
  const loaded = vi.fn(() => 'data');
  const contact = route('/contact', {
    loader: loaded,
    action: ({ form }) => {
      if (form.get('text') !== '') return `got ${String(form.get('text'))}`;
      throw Object.assign(new Error('refused'), { issues: [{ path: ['text'], message: 'is missing' }] });
    },
    component: () => {
      const { answer, error } = useAction(contact);
      return () => (
        <Form action={contact}>
          <p>{answer()}</p>
          <i>{fieldErrors(error()).text}</i>
        </Form>
      );
    },
  });
  const make = () => createRouter({ routes: [contact], history: memory({ initial: '/contact' }) });
  const written = make();
  await written.start();
  const form = new FormData();
  form.set('text', text);
  await written.submit('/contact', form);
  const container = document.createElement('div');
  container.innerHTML = await renderToString(<RouterProvider router={written} />);
  written.stop();
  document.body.append(container);
  const inner = () => container.querySelector('form')?.innerHTML.replaceAll(/<!--.*?-->/g, '');
  expect(inner()).toBe(shown);
  const paragraph = container.querySelector('p');
  loaded.mockClear();

  const router = make();
  await router.start();
  const end = hydrate(<RouterProvider router={router} />, container);
  expect([inner(), container.querySelector('p'), loaded.mock.calls]).toEqual([shown, paragraph, []]);
  expect(router.submission.peek()).toMatchObject({ route: contact, pending: false });
  end();
  container.remove();
});
