/** Views that are taken over late, or in elements that are none of HTML. */
import { expect, it, vi } from 'vitest';
import { lazy, render, Show, Suspense, signal } from '../../src/index.js';
import { hydrate, renderToString } from '../../src/ssr.js';
import '../view/page.js';

const turn = () => new Promise<void>((resolve) => setTimeout(resolve));

it.each([
  ['in a Suspense', true],
  ['with none around', false],
])('state that changes before the code of a part %s has loaded causes no mismatch', async (_, isBounded) => {
  const error = vi.spyOn(console, 'error').mockImplementation(() => {});
  for (const change of ['text', 'element', 'nothing'] as const) {
    const count = signal(0);
    const isOpen = signal(false);
    const Part = (props: { readonly name: string }) => (
      <p title={() => `n${count()}`}>
        {props.name} {count} {() => isOpen() && <b>open</b>}
        <i>end</i>
      </p>
    );
    let open: (module: { default: typeof Part }) => void = () => {};
    const Server = lazy(async () => ({ default: Part }));
    const Client = lazy(() => new Promise<{ default: typeof Part }>((resolve) => (open = resolve)));
    const around = (Late: typeof Client, name: string) => () =>
      isBounded ? (
        <Suspense fallback="wait">
          <Late name={name} />
        </Suspense>
      ) : (
        <Late name={name} />
      );
    const container = document.createElement('div');
    document.body.append(container);
    container.innerHTML = await renderToString(around(Server, 'a'));
    const end = hydrate(around(Client, change === 'nothing' ? 'b' : 'a'), container);
    const html = () => container.innerHTML.replaceAll(/<!--.*?-->/g, '');
    await turn();
    if (change === 'text') count.set(1);
    if (change === 'element') isOpen.set(true);
    open({ default: Part });
    await turn();
    expect([change, html()]).toEqual([
      change,
      {
        text: '<p title="n1">a 1 <i>end</i></p>',
        element: '<p title="n0">a 0 <b>open</b><i>end</i></p>',
        nothing: '<p title="n0">b 0 <i>end</i></p>',
      }[change],
    ]);
    // What differs although nothing has changed is named.
    expect(error).toHaveBeenCalledTimes(change === 'nothing' ? 1 : 0);
    error.mockClear();
    end();
    container.remove();
  }
});

it.each([
  ['in a Suspense', true],
  ['with none around', false],
])('what code hydrates as it arrives is compared with what the server has written: %s', async (_, isBounded) => {
  const error = vi.spyOn(console, 'error').mockImplementation(() => {});
  const Part = (props: { readonly name: string }) => <p>{props.name}</p>;
  const container = document.createElement('div');
  const shown = document.createElement('div');
  document.body.append(container, shown);
  const Server = lazy(async () => ({ default: Part }));
  container.innerHTML = await renderToString(() => <Server name="a" />);
  let openPart: (module: { default: typeof Part }) => void = () => {};
  const Client = lazy(() => new Promise<{ default: typeof Part }>((resolve) => (openPart = resolve)));
  let end = () => {};
  const Island = () => {
    end = hydrate(() => <Client name="b" />, container);
    return <b>island</b>;
  };
  let openIsland: (module: { default: typeof Island }) => void = () => {};
  const Late = lazy(() => new Promise<{ default: typeof Island }>((resolve) => (openIsland = resolve)));
  const remove = render(isBounded ? <Suspense fallback="wait">{() => <Late />}</Suspense> : <Late />, shown);
  await turn();
  openIsland({ default: Island });
  await turn();
  openPart({ default: Part });
  await turn();
  expect([shown.textContent, container.textContent]).toEqual(['island', 'b']);
  expect(error).toHaveBeenCalledTimes(1);
  end();
  remove();
  container.remove();
  shown.remove();
  error.mockRestore();
});

it.each(['svg', 'math'])('hydrates the content of an element of %s, and adds to it', async (name) => {
  const on = signal(false);
  const Part = () => (
    <>
      <a title="x">{() => on() && <b />}</a>
      <Show when={on}>
        <a title="y">
          <b />
        </a>
      </Show>
    </>
  );
  const around = document.createElement('div');
  document.body.append(around);
  around.innerHTML = `<${name}>${await renderToString(Part)}</${name}>`;
  const outer = around.firstElementChild as Element;
  const first = outer.querySelector('a');
  const end = hydrate(Part, outer);
  expect(outer.querySelector('a')).toBe(first);
  on.set(true);
  expect([...outer.querySelectorAll('*')].map(({ namespaceURI }) => namespaceURI)).toEqual(new Array(4).fill(outer.namespaceURI));
  end();
  around.remove();
});
