/** Pages that wait for something with no `Suspense` around, taken over. */
import { expect, it, vi } from 'vitest';
import { type Component, lazy, onMount, Portal, resource, Show, Suspense, type View } from '../../src/index.js';
import { hydrate, renderToString } from '../../src/ssr.js';
import '../view/page.js';

const turn = () => new Promise<void>((resolve) => setTimeout(resolve));

/** A page that a server has written, taken over. */
async function page(server: () => View, client: () => View = server) {
  const container = document.createElement('div');
  document.body.append(container);
  container.innerHTML = await renderToString(server);
  const nodes = [...container.querySelectorAll('*')];
  const end = hydrate(client, container);
  return {
    html: () => container.innerHTML.replaceAll(/<!--.*?-->/g, ''),
    /** Whether all elements are the ones of the server. */
    kept: () => nodes.every((node) => node.isConnected),
    get: (query: string) => container.querySelector(query) as HTMLElement,
    end: () => {
      end();
      expect(container.textContent).toBe('');
      container.remove();
    },
  };
}

it.each([false, true])(
  'a lazy part without a Suspense is hydrated when it is loaded, with the page around it; ended before: %s',
  async (before) => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    let open: (module: { default: () => View }) => void = () => {};
    const calls: string[] = [];
    const Part = () => {
      onMount(() => void calls.push('mounted part'));
      return <button onClick={() => calls.push('part')}>part</button>;
    };
    const Server = lazy(async () => ({ default: Part }));
    const Client = lazy(() => new Promise<{ default: () => View }>((resolve) => (open = resolve)));
    const Beside = () => {
      onMount(() => void calls.push('mounted beside'));
      return <i onClick={() => calls.push('beside')}>beside</i>;
    };
    const around = (Late: Component) => () => (
      <main>
        <Beside />
        {''}
        <Show when={true}>
          <Late />
        </Show>
        <Suspense fallback="wait">
          <u>text</u>
        </Suspense>
        <Portal>
          <s>portal</s>
        </Portal>
      </main>
    );
    const { kept, get, html, end } = await page(around(Server), around(Client));
    const written = '<main><i>beside</i><button>part</button><u>text</u></main>';
    await turn();
    expect([kept(), html(), calls, document.querySelectorAll('body > s').length]).toEqual([true, written, [], 0]);
    if (before) end();
    open({ default: Part });
    await turn();
    if (!before) {
      get('button').click();
      get('i').click();
      expect([kept(), html(), document.querySelectorAll('body > s').length]).toEqual([true, written, 1]);
      end();
    }
    expect(document.querySelector('body > s')).toBeNull();
    expect([calls, error.mock.calls]).toEqual([before ? [] : ['mounted beside', 'mounted part', 'part', 'beside'], []]);
  },
);

it('waiting without a Suspense for data that the server has not sent renders the view again, once', async () => {
  const error = vi.spyOn(console, 'error').mockImplementation(() => {});
  const User = () => {
    const user = resource(async () => 'user', { suspend: true });
    return () => <b>{user()}</b>;
  };
  const { html, end } = await page(() => (
    <p>
      <User />
      <i />
    </p>
  ));
  await turn();
  expect(html()).toBe('<p><b>user</b><i></i></p>');
  expect(error.mock.calls).toEqual([['hydrate: the server embedded no answer of a resource; the view is rendered anew']]);
  end();
});
