import { describe, expect, it, vi } from 'vitest';
import {
  type Component,
  Dynamic,
  ErrorBoundary,
  For,
  lazy,
  onMount,
  Portal,
  type ResourceOptions,
  resource,
  Show,
  Suspense,
  signal,
  useId,
  type View,
} from '../../src/index.js';
import { hydrate, renderToStream, renderToString } from '../../src/ssr.js';
import '../view/page.js';
import { streamed } from './streamed.js';

const turn = () => new Promise<void>((resolve) => setTimeout(resolve));

/** A page that a server has written, taken over. */
async function page(server: () => View, client: () => View = server) {
  const container = document.createElement('div');
  document.body.append(container);
  container.innerHTML = await renderToString(server);
  const nodes = [...container.querySelectorAll('*')].filter(({ localName }) => localName !== 'script');
  const remove = hydrate(client, container);
  return {
    container,
    html: () => container.innerHTML.replaceAll(/<!--.*?-->/g, ''),
    /** Whether all elements are the ones of the server. */
    kept: () => nodes.every((node) => node.isConnected),
    get: (query: string) => container.querySelector(query) as HTMLElement,
    end: () => {
      remove();
      expect(container.textContent).toBe('');
      container.remove();
    },
  };
}

describe('hydrate', () => {
  it('uses the nodes of the server, follows signals and receives events', async () => {
    const count = signal(0);
    const Counter = () => {
      const id = useId();
      return (
        <section id={id}>
          {'a'}
          {''}
          {'b'} {count} {() => count() > 0 && <i>on</i>}
          <button onClick={() => count.update((n) => n + 1)}>{() => `n${count()}`}</button>
          <For each={() => [1, 2, 3].slice(0, 3 - count())}>{(n) => <li>{n}</li>}</For>
          <input value="x" />
          <Portal>
            <u>portal</u>
          </Portal>
        </section>
      );
    };
    const { kept, get, html, end } = await page(() => <Counter />);
    expect(kept()).toBe(true);
    expect(html()).toBe('<section id="sc_0">ab 0 <button>n0</button><li>1</li><li>2</li><li>3</li><input value="x"></section>');
    expect(document.querySelector('body > u')).not.toBeNull();
    get('button').click();
    expect(html()).toBe('<section id="sc_0">ab 1 <i>on</i><button>n1</button><li>1</li><li>2</li><input value="x"></section>');
    expect(kept()).toBe(false);
    expect(get('button').isConnected).toBe(true);
    end();
    expect(document.querySelector('body > u')).toBeNull();
  });

  it('uses the data of resources with a key: fetches nothing and shows no other state', async () => {
    let fetches = 0;
    const states: string[] = [];
    const App = () => {
      const id = signal(1);
      const user = resource(
        id,
        async (n) => {
          fetches++;
          return `user ${n}`;
        },
        { key: 'user', suspend: true },
      );
      onMount(() => void states.push(`${user()} ${user.loading()}`));
      return (
        <Suspense fallback="wait">
          <button onClick={() => id.set(2)}>{user}</button>
        </Suspense>
      );
    };
    const { kept, get, container, end } = await page(() => <App />);
    expect([kept(), fetches, states]).toEqual([true, 1, ['user 1 false']]);
    expect(container.querySelector('script')).toBeNull();
    get('button').click();
    await turn();
    expect([get('button').textContent, fetches]).toEqual(['user 2', 2]);
    end();
  });

  it('leaves a lazy part unchanged until it is loaded, then hydrates it', async () => {
    let open: (module: { default: () => View }) => void = () => {};
    const clicks: string[] = [];
    const Part = () => <button onClick={() => clicks.push('part')}>part</button>;
    const Server = lazy(async () => ({ default: Part }));
    const Client = lazy(() => new Promise<{ default: () => View }>((resolve) => (open = resolve)));
    const around = (Late: Component) => () => (
      <p>
        <b>before</b>
        <Suspense fallback="wait">
          <Late />
        </Suspense>
        <b>after</b>
      </p>
    );
    const { kept, get, html, end } = await page(around(Server), around(Client));
    await turn();
    expect(html()).toBe('<p><b>before</b><button>part</button><b>after</b></p>');
    get('button').click();
    open({ default: Part });
    await turn();
    get('button').click();
    expect([kept(), clicks]).toEqual([true, ['part']]);
    end();
  });

  it('handlers next to a lazy part are called once, when it is loaded', async () => {
    let open: (module: { default: () => View }) => void = () => {};
    const clicks: string[] = [];
    const Part = () => <i>part</i>;
    const Server = lazy(async () => ({ default: Part }));
    const Client = lazy(() => new Promise<{ default: () => View }>((resolve) => (open = resolve)));
    const Beside = (props: { which: string }) => (
      <button class={props.which} onClick={() => clicks.push(props.which)}>
        {props.which}
      </button>
    );
    const around = (Late: Component) => () => (
      <Suspense fallback="wait">
        <button class="before" onClick={() => clicks.push('before')}>
          before
        </button>
        <Beside which="beside" />
        <Late />
        <For each={['row']}>{(which) => <Beside which={which} />}</For>
      </Suspense>
    );
    const { kept, get, end } = await page(around(Server), around(Client));
    await turn();
    open({ default: Part });
    await turn();
    for (const which of ['.before', '.beside', '.row']) get(which).click();
    expect([kept(), clicks]).toEqual([true, ['before', 'beside', 'row']]);
    end();
  });

  it('the content of an element with a lazy part stays while it loads, and the content after it is created once', async () => {
    let connected = 0;
    customElements.define(
      'counted-part',
      class extends HTMLElement {
        connectedCallback() {
          connected++;
        }
      },
    );
    let open: (module: { default: () => View }) => void = () => {};
    const Part = () => <i>part</i>;
    const Server = lazy(async () => ({ default: Part }));
    const Client = lazy(() => new Promise<{ default: () => View }>((resolve) => (open = resolve)));
    const around = (Late: Component) => () => (
      <Suspense fallback="wait">
        <p>
          <Late />
        </p>
        <div>
          <Late />
          <Dynamic component="counted-part" />
        </div>
        <Dynamic component="counted-part" />
      </Suspense>
    );
    const { kept, end } = await page(around(Server), around(Client));
    await turn();
    expect([kept(), connected]).toEqual([true, 2]);
    open({ default: Part });
    await turn();
    expect([kept(), connected]).toEqual([true, 2]);
    end();
  });

  it('a Suspense next to a lazy part is hydrated when that is loaded', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    let open: (module: { default: () => View }) => void = () => {};
    const Part = () => <i>part</i>;
    const Server = lazy(async () => ({ default: Part }));
    const Client = lazy(() => new Promise<{ default: () => View }>((resolve) => (open = resolve)));
    const around = (Late: Component) => () => (
      <Suspense fallback="wait">
        <Suspense fallback="wait">
          text <b>beside</b>
        </Suspense>
        <Suspense fallback="wait">
          <p>
            <Suspense fallback="wait">inner</Suspense>
          </p>
        </Suspense>
        <Late />
      </Suspense>
    );
    const { kept, html, end } = await page(around(Server), around(Client));
    await turn();
    open({ default: Part });
    await turn();
    expect([kept(), html(), error.mock.calls]).toEqual([true, 'text <b>beside</b><p>inner</p><i>part</i>', []]);
    end();
  });

  it.each([true, false])('waiting parts have the ids of the server, with the code loaded at once: %s', async (there) => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    let open: (module: { default: () => View }) => void = () => {};
    const Field = () => <input id={useId()} />;
    const Server = lazy(async () => ({ default: Field }));
    const Client = lazy(() => new Promise<{ default: () => View }>((resolve) => (open = resolve)));
    if (there) await Server.preload();
    const around = (Late: Component) => () => (
      <main>
        <Suspense fallback="wait">
          <Field />
          <Late />
          <Suspense fallback="wait">
            <Field />
          </Suspense>
        </Suspense>
        <Field />
      </main>
    );
    const container = document.createElement('div');
    document.body.append(container);
    container.innerHTML = await renderToString(around(Server));
    const ids = () => [...container.querySelectorAll('input')].map(({ id }) => id);
    const written = ids();
    const remove = hydrate(around(Client), container);
    await turn();
    const before = ids();
    open({ default: Field });
    await turn();
    expect([before, ids(), new Set(written).size, error.mock.calls]).toEqual([written, written, 4, []]);
    remove();
    container.remove();
  });

  it('renders the view again where it differs, and reports the difference', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    const { html, end } = await page(
      () => (
        <p id="x">
          <b>server</b>
        </p>
      ),
      () => (
        <p id="x">
          <i>client</i>
        </p>
      ),
    );
    expect(html()).toBe('<p id="x"><i>client</i></p>');
    expect(error.mock.calls).toEqual([['hydrate: <i> was expected in <p id="x">, found <b>; the view is rendered anew']]);
    end();
  });

  it('does not call onMount of a discarded view', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const mounted: string[] = [];
    const Part = () => {
      onMount(() => void mounted.push('mounted'));
      return <u>part</u>;
    };
    const view = (tag: 'b' | 'i') => () => (
      <p>
        <Part />
        <Show when={true}>{tag === 'b' ? <b>server</b> : <i>client</i>}</Show>
      </p>
    );
    const { html, end } = await page(view('b'), view('i'));
    expect(html()).toBe('<p><u>part</u><i>client</i></p>');
    expect(mounted).toEqual(['mounted']);
    end();
  });

  it('renders only the Suspense again that differs, also when a function in it differs', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    const view = (tag: 'b' | 'i') => () => (
      <p>
        <u>kept</u>
        <Suspense>
          <Show when={true}>{tag === 'b' ? <b>server</b> : <i>client</i>}</Show>
        </Suspense>
      </p>
    );
    const { html, get, container, end } = await page(view('b'), view('i'));
    expect(html()).toBe('<p><u>kept</u><i>client</i></p>');
    expect(get('u').parentNode).toBe(container.firstChild);
    expect(error).toHaveBeenCalledTimes(1);
    end();
  });

  it('corrects a text that differs, skips foreign elements, and removes remaining nodes', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    const container = document.createElement('div');
    document.body.append(container);
    container.innerHTML = '<p><x-extension></x-extension><b>server</b><i></i></p>';
    const b = container.querySelector('b');
    const remove = hydrate(
      <p>
        <b>client</b>
      </p>,
      container,
    );
    expect(container.querySelector('b')).toBe(b);
    expect(container.innerHTML).toBe('<p><x-extension></x-extension><b>client</b></p>');
    expect(error.mock.calls).toEqual([['hydrate: text "client" was expected in <b>, found text "server"']]);
    remove();
    container.remove();
  });

  it('corrects attributes that differ, and reports them; typed text and the spelling of styles are no difference', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    const typed = signal('');
    const view = (side: 'server' | 'client') => () => (
      <main lang="en" class={['a', 'b']} style={{ color: 'red', marginTop: '1px' }}>
        {side === 'server' ? <b title="server" /> : <b title="client" />}
        <p class={side} hidden={() => side === 'server'} title={side === 'server' ? 'text' : undefined} />
        <u style={{ color: side === 'server' ? 'red' : 'blue' }} />
        <input value={side} checked={side === 'client'} />
        <textarea value="same" />
        <input value={typed} />
      </main>
    );
    const container = document.createElement('div');
    document.body.append(container);
    container.innerHTML = await renderToString(view('server'));
    (container.querySelector('input:last-child') as HTMLInputElement).value = 'typed';
    const elements = [...container.querySelectorAll('*')];
    const remove = hydrate(view('client'), container);
    expect([...container.querySelectorAll('*')]).toEqual(elements);
    expect(container.innerHTML).toContain('<b title="client"></b><p class="client"></p><u style="color: blue;"></u>');
    expect((container.querySelector('input') as HTMLInputElement).value).toBe('client');
    expect(error.mock.calls.flat().sort()).toEqual([
      'hydrate: attribute checked="true" was expected in <input>, found attribute checked="false"',
      'hydrate: attribute class="client" was expected in <p>, found attribute class="server"',
      'hydrate: attribute style="color: blue;" was expected in <u>, found attribute style="color: red;"',
      'hydrate: attribute title="client" was expected in <b>, found attribute title="server"',
      'hydrate: attribute value="client" was expected in <input>, found attribute value="server"',
      'hydrate: no attribute hidden was expected in <p>, found attribute hidden=""',
      'hydrate: no attribute title was expected in <p>, found attribute title="text"',
    ]);
    remove();
    container.remove();
  });

  it('keeps what the user has typed, chosen, opened or closed before, and calls handlers for it', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    const text = signal('');
    const size = signal('s');
    const agreed = signal(false);
    const choice = signal('a');
    const shown = signal(true);
    const view = () => (
      <form>
        <details open>
          <summary>static</summary>
        </details>
        <details id="followed" open={shown} onToggle={(event) => shown.set((event.currentTarget as HTMLDetailsElement).open)}>
          <summary>followed</summary>
        </details>
        <input id="text" value={text} onInput={(event) => text.set(event.currentTarget.value)} />
        <textarea value={'one\r\ntwo'} />
        <input id="agreed" type="checkbox" checked={agreed} onChange={(event) => agreed.set(event.currentTarget.checked)} />
        <input id="a" type="radio" name="choice" checked={() => choice() === 'a'} onChange={() => choice.set('a')} />
        <input id="b" type="radio" name="choice" checked={() => choice() === 'b'} onChange={() => choice.set('b')} />
        <select value={size} onChange={(event) => size.set(event.currentTarget.value)}>
          <option value="s">s</option>
          <option value="m">m</option>
        </select>
        <input id="untouched" value={() => `${size()} ${choice()}`} />
      </form>
    );
    const container = document.createElement('div');
    document.body.append(container);
    container.innerHTML = await renderToString(view);
    const get = <T extends HTMLElement>(query: string) => container.querySelector(query) as T;
    for (const details of container.querySelectorAll('details')) details.open = false;
    get<HTMLInputElement>('#text').value = 'typed';
    get<HTMLInputElement>('#agreed').checked = true;
    get<HTMLInputElement>('#b').checked = true;
    get<HTMLSelectElement>('select').value = 'm';
    const remove = hydrate(view, container);
    await turn();
    expect([...container.querySelectorAll('details')].map(({ open }) => open)).toEqual([false, false]);
    expect(get<HTMLInputElement>('#text').value).toBe('typed');
    expect(get<HTMLSelectElement>('select').value).toBe('m');
    expect([text(), agreed(), choice(), size(), shown()]).toEqual(['typed', true, 'b', 'm', false]);
    expect(get<HTMLInputElement>('#untouched').value).toBe('m b');
    shown.set(true);
    text.set('');
    expect(get<HTMLDetailsElement>('#followed').open).toBe(true);
    expect(get<HTMLInputElement>('#text').value).toBe('');
    expect(error).not.toHaveBeenCalled();
    remove();
    container.remove();
  });

  it.each([
    ['color', '#FF0000', {}],
    ['color', undefined, {}],
    ['datetime-local', '2020-01-01T12:00:00', {}],
    ['date', '2020-1-1', {}],
    ['number', 'abc', {}],
    ['email', ' a@b.example ', {}],
    ['email', 'a@b.example, c@d.example', { multiple: true }],
    ['url', ' http://b.example ', {}],
    ['text', 'a\nb', {}],
    ['range', '500', {}],
    ['range', '7', { min: 0, max: 20, step: 5 }],
    ['range', undefined, { min: 10, max: 20 }],
  ])('an input of type %s with %j calls handlers only when the user has changed it', async (type, value, more) => {
    const events: string[] = [];
    const note = (event: Event) => events.push(event.type);
    const view = () => <input type={type as 'text'} value={value} {...more} onInput={note} onChange={note} />;
    const container = document.createElement('div');
    document.body.append(container);
    for (const touched of [false, true]) {
      container.innerHTML = await renderToString(view);
      const input = container.firstElementChild as HTMLInputElement;
      const values: Record<string, string> = { color: '#00ff00', 'datetime-local': '2021-01-01T12:00', date: '2021-01-01' };
      if (touched) input.value = values[type] ?? (type === 'email' || type === 'url' ? 'x' : '20');
      const before = input.value;
      const remove = hydrate(view, container);
      await turn();
      expect([input.value, events.splice(0)]).toEqual([before, touched ? ['input', 'change'] : []]);
      remove();
    }
    container.remove();
  });

  it('leaves a closed dialog, and elements revealed by find-in-page', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    const open = signal(true);
    const found = signal(false);
    const view = () => (
      <main>
        <dialog open={open} onClose={() => open.set(false)} />
        <p hidden={() => (found() ? undefined : 'until-found')} on:beforematch={() => found.set(true)} />
        <p hidden="until-found" />
      </main>
    );
    const container = document.createElement('div');
    document.body.append(container);
    container.innerHTML = await renderToString(view);
    for (const element of container.querySelectorAll('dialog, p')) {
      element.removeAttribute('open');
      element.removeAttribute('hidden');
    }
    const remove = hydrate(view, container);
    await turn();
    expect(container.innerHTML).toBe('<main><dialog></dialog><p></p><p></p></main>');
    expect([open(), found()]).toEqual([false, true]);
    open.set(true);
    expect((container.querySelector('dialog') as HTMLDialogElement).open).toBe(true);
    expect(error).not.toHaveBeenCalled();
    remove();
    container.remove();
  });

  it('leaves a nonce that the browser hides', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    const view = () => (
      <p>
        <b nonce="abc" />
        <i nonce={() => 'abc'} />
      </p>
    );
    const container = document.createElement('div');
    document.body.append(container);
    container.innerHTML = await renderToString(view);
    // As a policy in a header makes browsers do: the attribute is empty, the property is not.
    for (const element of container.querySelectorAll<HTMLElement>('[nonce]')) {
      const { nonce } = element;
      element.setAttribute('nonce', '');
      element.nonce = nonce;
    }
    const remove = hydrate(view, container);
    expect(container.innerHTML).toBe('<p><b nonce=""></b><i nonce=""></i></p>');
    expect(error).not.toHaveBeenCalled();
    remove();
    container.remove();
  });

  it('fetches the data that an aborted stream has not delivered', async () => {
    const App = (props: { data: () => Promise<string> }) => {
      const text = resource(() => props.data(), { key: 'cut', suspend: true });
      return (
        <main>
          <h1>title</h1>
          <Suspense fallback={<i>wait</i>}>
            <b>{text}</b>
          </Suspense>
        </main>
      );
    };
    const reader = renderToStream(<App data={() => new Promise(() => {})} />).getReader();
    const container = document.createElement('div');
    document.body.append(container);
    container.innerHTML = new TextDecoder().decode((await reader.read()).value);
    await reader.cancel();
    const title = container.querySelector('h1');
    expect(container.textContent).toBe('titlewait');
    const remove = hydrate(<App data={() => Promise.resolve('the rest')} />, container);
    await expect.poll(() => container.textContent).toBe('titlethe rest');
    expect(container.querySelector('h1')).toBe(title);
    remove();
    container.remove();
  });

  it('hydrates elements whose adjacent texts were joined', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    const name = signal('Ada');
    const { kept, get, end } = await page(() => (
      <section>
        <textarea>
          Dear {name}, <Show when={name}>{() => 'bye'}</Show>
        </textarea>
        <style>{['p { color: ', () => 'red', ' }']}</style>
        <svg>
          <title>a {name} b</title>
        </svg>
      </section>
    ));
    const texts = () => ['textarea', 'style', 'title'].map((tag) => get(tag).textContent);
    expect(texts()).toEqual(['Dear Ada, bye', 'p { color: red }', 'a Ada b']);
    expect((get('textarea') as HTMLTextAreaElement).value).toBe('Dear Ada, bye');
    name.set('Bob');
    expect(texts()).toEqual(['Dear Bob, bye', 'p { color: red }', 'a Bob b']);
    expect([kept(), error.mock.calls]).toEqual([true, []]);
    end();
  });

  it('keeps the parts shown before the rest of the stream arrived', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    let answer: (text: string) => void = () => {};
    const count = signal(0);
    const App = (props: { data: () => Promise<string> }) => {
      const Part = () => {
        const text = resource(() => props.data(), { suspend: true });
        return (
          <button onClick={() => count.update((n) => n + 1)}>
            {text} {count}
          </button>
        );
      };
      return (
        <Suspense fallback={<i>wait</i>}>
          <Part />
        </Suspense>
      );
    };
    const stream = streamed(() => <App data={() => new Promise((resolve) => (answer = resolve))} />);
    await stream.next();
    const remove = hydrate(<App data={() => Promise.resolve('page')} />, stream.container);
    await expect.poll(() => stream.container.textContent).toBe('page 0');
    answer('server');
    await stream.next();
    (stream.container.querySelector('button') as HTMLElement).click();
    expect(stream.container.textContent).toBe('page 1');
    expect(stream.container.querySelector('template')).toBeNull();
    remove();
    stream.container.remove();
  });

  it.each(['svg', 'math'] as const)('hydrates streamed parts within <%s>', async (tag) => {
    let answer: (text: string) => void = () => {};
    const Inner = tag === 'svg' ? () => <circle r="1" /> : () => <mi>x</mi>;
    const Part = (props: { data: () => Promise<string> }) => {
      const text = resource(() => props.data(), { suspend: true, key: 'drawn' });
      return [() => text() && '', <Inner />, <Inner />];
    };
    const Tag = tag;
    const App = (props: { data: () => Promise<string> }) => (
      <Tag>
        <Suspense fallback="wait">
          <Part data={props.data} />
        </Suspense>
      </Tag>
    );
    const stream = streamed(() => <App data={() => new Promise((resolve) => (answer = resolve))} />);
    await stream.next();
    answer('here');
    await stream.next();
    await stream.next();
    const elements = () => [...stream.container.querySelectorAll('circle, mi')];
    const before = elements();
    expect(before.map(({ namespaceURI }) => namespaceURI?.split('/').at(-1))).toEqual(
      tag === 'svg' ? ['svg', 'svg'] : ['MathML', 'MathML'],
    );
    const remove = hydrate(<App data={() => Promise.reject(new Error('fetched again'))} />, stream.container);
    expect(elements()).toEqual(before);
    remove();
    stream.container.remove();
  });

  it('reports an element that is hydrated twice, in development', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const view = () => <p>once</p>;
    const { container, end } = await page(view);
    expect(warn.mock.calls).toEqual([]);
    const again = hydrate(view, container);
    expect(warn.mock.calls).toEqual([['hydrate: <div> shows this view twice now']]);
    again();
    end();
    const broken = document.createElement('div');
    const Failing = () => {
      throw new Error('broken');
    };
    expect(() => hydrate(<Failing />, broken)).toThrow('broken');
    hydrate('', broken)();
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('separates several applications of a document by their prefixes', async () => {
    const Part = (props: { readonly name: string }) => {
      const text = resource(async () => props.name, { suspend: true, key: 'part' });
      return <b>{text}</b>;
    };
    const App = (props: { readonly name: string }) => {
      const id = useId();
      return (
        <section id={id}>
          <Suspense fallback="wait">
            <Part name={props.name} />
          </Suspense>
        </section>
      );
    };
    const applications = ['one', 'two'].map((prefix) => ({ prefix, stream: streamed(() => <App name={prefix} />, { prefix }) }));
    for (const { stream } of applications) await stream.next();
    const sections = applications.map(({ stream }) => stream.container.querySelector('section') as HTMLElement);
    const texts = () => sections.map(({ id, textContent }) => `${id} ${textContent}`);
    expect(texts()).toEqual(['onesc_0 wait', 'twosc_0 wait']);
    for (const { stream } of applications.toReversed()) for (let chunk = 0; chunk < 2; chunk++) await stream.next();
    expect(texts()).toEqual(['onesc_0 one', 'twosc_0 two']);
    const bold = sections.map((section) => section.querySelector('b'));
    const ends = applications
      .toReversed()
      .map(({ prefix, stream }) => hydrate(<App name="asked again" />, stream.container, { prefix }));
    expect([texts(), sections.map((section) => section.querySelector('b'))]).toEqual([['onesc_0 one', 'twosc_0 two'], bold]);
    for (const end of ends) end();
    for (const { stream } of applications) stream.container.remove();
    await expect(renderToString('', { prefix: '"><b' })).rejects.toThrow(TypeError);
  });

  it('fallbacks do not change ids', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    const Label = () => <i id={useId()} />;
    const Part = () => {
      const text = resource(async () => 'here', { suspend: true, key: 'label' });
      return (
        <>
          {text}
          <Label />
        </>
      );
    };
    const view = () => (
      <main>
        <Suspense fallback={<Label />}>
          <Part />
        </Suspense>
        <Label />
      </main>
    );
    const stream = streamed(view);
    const ids = () => [...stream.container.querySelectorAll('i')].map(({ id }) => id);
    await stream.next();
    const [fallback, after] = ids();
    await stream.next();
    await stream.next();
    const written = ids();
    expect([new Set([fallback, ...written]).size, written[1]]).toEqual([3, after]);
    const end = hydrate(view, stream.container);
    expect([ids(), error.mock.calls]).toEqual([written, []]);
    end();
    stream.container.remove();
  });

  it('shows the error of a setup that waits for its own resource, like the server, and fetches once', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    let asked = 0;
    const User = () => {
      const name = resource(
        () => {
          if (++asked > 20) throw new Error('asked without end');
          return Promise.resolve('Ada');
        },
        { suspend: true },
      );
      const title = name();
      return <b title={title} />;
    };
    const view = () => (
      <ErrorBoundary fallback={(failure) => <i>{failure.message}</i>}>
        <Suspense fallback="waits">
          <User />
        </Suspense>
      </ErrorBoundary>
    );
    const container = document.createElement('div');
    document.body.append(container);
    container.innerHTML = await renderToString(view);
    const shown = container.querySelector('i');
    expect(shown?.textContent).toMatch(/^User: the setup waits for data that it requests/);
    const remove = hydrate(view, container);
    await turn();
    expect([container.querySelector('i'), asked]).toEqual([shown, 2]);
    expect(error).not.toHaveBeenCalled();
    remove();
    container.remove();
  });

  it.each<[string, ResourceOptions<string>, (html: string) => string]>([
    ['no key', { suspend: true }, (html) => html],
    ['an answer that did not arrive', { suspend: true, key: 'inner' }, (html) => html.replace(/<script.*/, '')],
  ])('a resource within a Suspense with %s fetches once more, and is rendered again', async (_, options, arrived) => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    const asked: string[] = [];
    let answer: (text: string) => void = () => {};
    const load = (who: string) =>
      who === 'server' ? Promise.resolve('theirs') : new Promise<string>((resolve) => (answer = resolve));
    for (const kind of ['text', 'function', 'view']) {
      const User = (props: { who: string }) => {
        const name = resource(async () => {
          asked.push(props.who);
          if (asked.length > 20) throw new Error('asked without end');
          return load(props.who);
        }, options);
        if (kind === 'view') return () => <p>{name()}</p>;
        return kind === 'text' ? <p>{name}</p> : <p>{() => name()}</p>;
      };
      const App = (props: { who: string }) => (
        <main>
          <Suspense fallback="waits">
            <User who={props.who} />
          </Suspense>
        </main>
      );
      const container = document.createElement('div');
      document.body.append(container);
      container.innerHTML = arrived(await renderToString(<App who="server" />));
      expect(container.querySelector('main')?.textContent).toBe('theirs');
      asked.length = 0;
      const remove = hydrate(<App who="page" />, container);
      await turn();
      // The first attempt takes nodes over, the second makes them.
      expect([container.textContent, asked]).toEqual(['waits', ['page', 'page']]);
      answer('ours');
      await turn();
      expect([container.textContent, asked.length]).toEqual(['ours', 2]);
      remove();
      container.remove();
      document.getElementById('aether-data')?.remove();
    }
    expect(error).toHaveBeenCalledTimes(3);
    error.mockRestore();
  });

  it('a module that cannot be loaded is requested once when its uses are hydrated', async () => {
    let loads = 0;
    const Server = lazy(async () => ({ default: (): View => <i>there</i> }));
    const Client = lazy(async () => {
      // Without an end, the test would never come to its own.
      if (++loads > 20) await new Promise(() => {});
      throw new Error('offline');
    });
    const view = (Late: Component<object>) => (
      <Suspense fallback="waits">
        <ErrorBoundary fallback="failed ">
          <Late />
        </ErrorBoundary>
        <ErrorBoundary fallback="failed">
          <Late />
        </ErrorBoundary>
      </Suspense>
    );
    const container = document.createElement('div');
    document.body.append(container);
    container.innerHTML = await renderToString(view(Server));
    const remove = hydrate(view(Client), container);
    for (let turns = 0; turns < 10; turns++) await turn();
    expect([loads, container.textContent]).toEqual([1, 'failed failed']);
    remove();
    container.remove();
  });

  it('handed-over data is available again when an adjacent part has loaded', async () => {
    const asked: string[] = [];
    let load: (module: { default: () => View }) => void = () => {};
    const late = (there: boolean) =>
      lazy<object>(async () =>
        there ? { default: () => <i>late</i> } : new Promise<{ default: () => View }>((resolve) => (load = resolve)),
      );
    const User = (props: { who: string }) => {
      const name = resource(
        async () => {
          asked.push(props.who);
          return 'answer';
        },
        { suspend: true, key: 'beside' },
      );
      return <b>{name}</b>;
    };
    const view = (who: string, Late: Component<object>) => (
      <Suspense fallback="waits">
        <User who={who} />
        <Late />
      </Suspense>
    );
    const container = document.createElement('div');
    document.body.append(container);
    container.innerHTML = await renderToString(view('server', late(true)));
    const written = container.querySelector('b');
    const remove = hydrate(view('page', late(false)), container);
    await turn();
    load({ default: () => <i>late</i> });
    await expect.poll(() => container.textContent).toBe('answerlate');
    await turn();
    expect([asked, container.querySelector('b') === written]).toEqual([['server'], true]);
    remove();
    container.remove();
  });

  it.each<[string, (view: View) => View]>([
    ['the view', (view) => view],
    ['a part', (view) => <Suspense fallback="waits">{view}</Suspense>],
  ])('handed-over data is available when %s is rendered again', async (_, around) => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    const asked: string[] = [];
    const User = (props: { who: string }) => {
      const name = resource(
        async () => {
          asked.push(props.who);
          return 'answer';
        },
        { suspend: true, key: 'anew' },
      );
      return <b>{name}</b>;
    };
    const { container, end } = await page(
      () =>
        around([
          <User who="server" />,
          <i>
            <u>server</u>
          </i>,
        ]),
      () =>
        around([
          <User who="page" />,
          <i>
            <s>page</s>
          </i>,
        ]),
    );
    expect([asked, container.textContent]).toEqual([['server'], 'answerpage']);
    expect(error).toHaveBeenCalledTimes(1);
    end();
  });

  it('hydrates templates, and skips the content of noscript', async () => {
    const { kept, html, container, end } = await page(() => (
      <main>
        <noscript>
          <img src="data:," alt="" />
        </noscript>
        <template>
          <p>later</p>
        </template>
        <b>after</b>
      </main>
    ));
    expect([kept(), html()]).toEqual([true, '<main><noscript></noscript><template><p>later</p></template><b>after</b></main>']);
    expect(container.querySelector('template')?.content.textContent).toBe('later');
    end();
  });

  it('fetches data that was cut off; an element with the id of the data is not used as data', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    const App = (props: { data: () => Promise<string> }) => {
      const text = resource(() => props.data(), { key: 'k', suspend: true });
      return (
        <main>
          <i id="aether-data">{'{"k":"forged"}'}</i>
          <Suspense fallback="waits">
            <b>{text}</b>
          </Suspense>
        </main>
      );
    };
    for (const [cut, expected] of [
      [false, 'server'],
      [true, 'again'],
    ] as const) {
      const container = document.createElement('div');
      document.body.append(container);
      const html = await renderToString(<App data={async () => 'server'} />);
      container.innerHTML = cut ? html.slice(0, -'"}</script>'.length) : html;
      const remove = hydrate(<App data={async () => 'again'} />, container);
      await expect.poll(() => container.querySelector('b')?.textContent).toBe(expected);
      remove();
      container.remove();
    }
    expect(error.mock.calls[0]).toEqual(['hydrate: the embedded data is incomplete; the page requests it again']);
  });

  it('hydrates content that a stream has inserted', async () => {
    let answer: (value: string) => void = () => {};
    const clicks: string[] = [];
    const App = (props: { data: () => Promise<string> }) => {
      const text = resource(() => props.data(), { key: 'text', suspend: true });
      return (
        <main>
          <u id="aether-0" />
          {'before '}
          <Suspense fallback={<i>wait</i>}>
            {text}
            <button onClick={() => clicks.push('x')} />
          </Suspense>
          {' after'}
        </main>
      );
    };
    const frame = document.createElement('iframe');
    document.body.append(frame);
    const inside = frame.contentDocument as Document;
    const reader = renderToStream(<App data={() => new Promise((resolve) => (answer = resolve))} />).getReader();
    const decoder = new TextDecoder();
    inside.write('<!doctype html><div id="app">');
    inside.write(decoder.decode((await reader.read()).value));
    expect(inside.querySelector('#app')?.textContent).toBe('before wait after');
    answer('here');
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) inside.write(decoder.decode(chunk.value));
    inside.write('</div>');
    inside.close();
    const app = inside.querySelector('main') as HTMLElement;
    expect(app.textContent).toBe('before here after');
    // The page and its frame have different classes of nodes: the markup moves over, as it is.
    const container = document.createElement('div');
    document.body.append(container);
    container.append(document.importNode(app, true), document.importNode(inside.querySelector('#aether-data') as Element, true));
    const button = container.querySelector('button') as HTMLElement;
    const remove = hydrate(<App data={() => Promise.reject(new Error('fetched again'))} />, container);
    button.click();
    expect([container.querySelector('button') === button, clicks, container.textContent]).toEqual([
      true,
      ['x'],
      'before here after',
    ]);
    remove();
    container.remove();
    frame.remove();
  });
});
