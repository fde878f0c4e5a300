import { parseFragment } from 'parse5';
import { describe, expect, it } from 'vitest';
import {
  createContext,
  ErrorBoundary,
  For,
  Index,
  Match,
  onCleanup,
  onError,
  resource,
  Show,
  Suspense,
  Switch,
  signal,
  trusted,
  useContext,
  useId,
  type View,
} from '../../src/index.js';
import { renderToString } from '../../src/ssr.js';

/** A promise that a test settles. */
function gate<T>(): { readonly promise: Promise<T>; readonly open: (value: T) => void } {
  let open: (value: T) => void = () => {};
  const promise = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Keeps a page waiting, so that a test can change signals meanwhile. */
function Waiting(props: { readonly until: Promise<unknown> }): View {
  const wait = resource(() => props.until.then(() => ''), { suspend: true });
  return <i>{wait}</i>;
}

async function changed(view: (until: Promise<void>) => View, change: () => void): Promise<string> {
  const { promise, open } = gate<void>();
  const page = renderToString(() => view(promise));
  await turn();
  change();
  await turn();
  open();
  return page;
}

describe('a page that changes while it waits for data', () => {
  it('renders texts, attributes and elements in their final state', async () => {
    const count = signal(1);
    const html = await changed(
      (until) => (
        <main>
          <p title={() => `n${count()}`} data-x={() => (count() > 1 ? 'many' : undefined)}>
            before {count} after
          </p>
          {() => (count() > 1 ? <b>{count}</b> : 'one')}
          <Waiting until={until} />
        </main>
      ),
      () => count.set(2),
    );
    expect(html).toBe('<main><p title="n2" data-x="many">before <!---->2<!----> after</p><b>2</b><i></i></main>');
  });

  it('runs setups once, and ends removed components', async () => {
    const shown = signal(true);
    const names = signal('a');
    const log: string[] = [];
    const Child = (props: { readonly name: string }) => {
      log.push(`setup ${props.name}`);
      onCleanup(() => log.push('end'));
      return <u>{() => props.name}</u>;
    };
    const html = await changed(
      (until) => (
        <main>
          {() => (
            <p>
              <Child name={names()} />
            </p>
          )}
          <Show when={() => shown()}>
            <Child name="second" />
          </Show>
          <Waiting until={until} />
        </main>
      ),
      () => {
        names.set('b');
        shown.set(false);
        expect(log).toEqual(['setup a', 'setup second', 'end']);
      },
    );
    expect(html).toBe('<main><p><u>b</u></p><i></i></main>');
    expect(log).toEqual(['setup a', 'setup second', 'end', 'end']);
  });

  it('updates the properties of components, and values derived from them', async () => {
    const user = signal<{ readonly name: string } | undefined>(undefined);
    const Profile = (props: { readonly user: { readonly name: string } | undefined; readonly children?: View }) => {
      const loaded = resource(async () => 'x', { initial: 'x' });
      return () => (
        <section title={loaded}>
          <Show when={props.user} fallback="nobody">
            {(found) => <b>{() => found().name}</b>}
          </Show>
          <Switch fallback="none">
            <Match when={() => props.user?.name === 'Ada'}>first</Match>
          </Switch>
          {props.children}
        </section>
      );
    };
    const html = await changed(
      (until) => (
        <main>
          {() => (
            <Profile user={user()}>
              <em>{user()?.name}</em>
            </Profile>
          )}
          <Waiting until={until} />
        </main>
      ),
      () => user.set({ name: 'Ada' }),
    );
    expect(html).toBe('<main><section title="x"><b>Ada</b>first<em>Ada</em></section><i></i></main>');
  });

  it('renders new rows of a growing list, and keeps the existing rows', async () => {
    const items = signal(['a', 'b']);
    const made: string[] = [];
    const html = await changed(
      (until) => (
        <ul>
          <For each={items} fallback={<li>none</li>}>
            {(item, index) => {
              made.push(item);
              return (
                <li>
                  {index} {item}
                </li>
              );
            }}
          </For>
          <For each={items}>
            {(item) => {
              made.push(item.toUpperCase());
              return item;
            }}
          </For>
          <Index each={items}>{(item, at) => <b title={String(at)}>{item}</b>}</Index>
          <Waiting until={until} />
        </ul>
      ),
      () => items.set(['c', 'a', 'b']),
    );
    expect(html).toBe(
      '<ul><li>0<!----> <!---->c</li><li>1<!----> <!---->a</li><li>2<!----> <!---->b</li>c<!---->a<!---->b' +
        '<b title="0">c</b><b title="1">a</b><b title="2">b</b><i></i></ul>',
    );
    expect(made).toEqual(['a', 'b', 'A', 'B', 'c', 'a', 'b', 'C']);
  });

  it('renders the fallback of an empty list, and rows that wait for their own data', async () => {
    const none = signal<string[] | null>(null);
    const Row = (props: { readonly name: string }) => {
      const data = resource(async () => `data of ${props.name}`, { suspend: true });
      return <li>{data}</li>;
    };
    const html = await renderToString(() => (
      <ul>
        <For each={none} fallback={<li>none</li>}>
          {(item) => <li>{item}</li>}
        </For>
        <For each={['a', 'b']}>{(name) => <Row name={name} />}</For>
        <For each={['c']}>
          {(name) => (
            <Suspense fallback="wait">
              <Row name={name} />
            </Suspense>
          )}
        </For>
      </ul>
    ));
    expect(html).toBe('<ul><li>none</li><li>data of a</li><li>data of b</li><!--[0--><li>data of c</li><!--]0--></ul>');
  });
});

describe('a page as text', () => {
  it('separates adjacent texts, whether they can change or not', async () => {
    const count = signal(0);
    const html = await renderToString(() => (
      <p>
        {'a'}
        {''}
        {'b'} {count} {() => false}
        <i>
          {count}
          {1} {'c'}
          {['d', count, 'e']}
        </i>
      </p>
    ));
    expect(html.replaceAll('<!---->', '|')).toBe('<p>a||b| |0| |<i>0|1| |c|d|0|e</i></p>');
    const apart = parseFragment(html).childNodes[0] as unknown as { readonly childNodes: { readonly value?: string }[] };
    expect(apart.childNodes.map(({ value }) => value).filter(Boolean)).toEqual(['a', 'b', ' ', '0', ' ']);
  });

  it('keeps contexts, error handlers and ids at their place', async () => {
    const Place = createContext('outside');
    const handled: unknown[] = [];
    const Bad = (): View => {
      throw new Error('bad');
    };
    const Quiet = () => {
      onError((error) => handled.push((error as Error).message));
      return <p>a{() => <Bad />}b</p>;
    };
    const Named = () => <b id={useId()}>{useContext(Place)}</b>;
    const html = await renderToString(() => (
      <main>
        <Place.Provider value="inside">
          <Named />
          {() => <Named />}
        </Place.Provider>
        <Named />
        <Quiet />
        <ErrorBoundary fallback={(error, _reset) => <s>{error.message}</s>}>
          x<Bad />
        </ErrorBoundary>
      </main>
    ));
    const ids = [...new Set(html.match(/id="[^"]*"/g))];
    expect(html.replaceAll(/id="[^"]*"/g, (id) => `id="${ids.indexOf(id) + 1}"`)).toBe(
      '<main><b id="1">inside</b><b id="2">inside</b><b id="3">outside</b><p>a<!----><!---->b</p><s>bad</s></main>',
    );
    expect(handled).toEqual(['bad']);
  });

  it('passes functions and signals to components unchanged', async () => {
    const called: string[] = [];
    const name = signal('Ada');
    const Inner = (props: { readonly name: () => string; readonly load: (id: number) => string }) => {
      const text = resource(async () => props.load(7), { suspend: true });
      return (
        <b>
          {() => `${typeof props.name} ${props.name()}`} {text}
        </b>
      );
    };
    const Outer = (props: { readonly all: { readonly name: () => string }; readonly load: (id: number) => string }) => (
      <Suspense fallback="wait">
        <Inner name={props.all.name} load={props.load} />
        <Inner name={name() === '' ? name : props.all.name} load={props.load} />
      </Suspense>
    );
    const load = (id: number) => {
      called.push(String(id));
      return `user ${id}`;
    };
    const html = await renderToString(() => <Outer all={{ name }} load={load} />);
    expect(html.replace(/<!--.*?-->/g, '')).toBe('<b>function Ada user 7</b><b>function Ada user 7</b>');
    expect(called).toEqual(['7', '7']);
  });

  it('joins adjacent texts in elements that contain only text', async () => {
    const name = signal('<Ada>');
    const Name = () => () => name();
    const Late = () => {
      const text = resource(async () => 'late', { suspend: true });
      return <>{text}</>;
    };
    const html = await renderToString(() => [
      <title>
        {name} – {() => 'Site'}
      </title>,
      <title>
        <Name /> <Show when={true}>{name}</Show>
        <For each={[1, 2]}>{(n) => n}</For>
      </title>,
      <title>
        <Suspense fallback="wait">
          <Late />
        </Suspense>
      </title>,
      <textarea>
        {'\n'}Dear {name}, {() => 'bye'}
      </textarea>,
      <svg>
        <title>a {name} b</title>
      </svg>,
    ]);
    const ada = '&lt;Ada&gt;';
    expect(html).toBe(
      `<title>${ada} – Site</title><title>${ada} ${ada}12</title><title>late</title>` +
        `<textarea>\n\nDear ${ada}, bye</textarea><svg><title>a ${ada} b</title></svg>`,
    );
  });

  it('marks the selected option of a select, wherever its options come from', async () => {
    const chosen = signal('b');
    const html = await renderToString(() => (
      <form>
        <select value={chosen()}>
          <optgroup label="all">
            <For each={['a', 'b']}>{(name) => <option value={name}>{name}</option>}</For>
          </optgroup>
          {() => [<option>c</option>]}
        </select>
        <pre>
          {'\n'}
          {() => 'x'}
        </pre>
        <textarea>{() => '<b>'}</textarea>
      </form>
    ));
    expect(html).toBe(
      '<form><select><optgroup label="all"><option value="a">a</option><option value="b" selected>b</option></optgroup>' +
        '<option>c</option></select><pre>\n\n<!---->x</pre><textarea>&lt;b&gt;</textarea></form>',
    );
  });

  it('does not evaluate handlers and refs, and refuses strings in their place', async () => {
    const called: string[] = [];
    const text = 'alert(1)' as never;
    const frame = { srcdoc: '<script>' } as object;
    const html = await renderToString(() => (
      <div ref={() => called.push('ref')} onClick={() => called.push('click')} prop:value={() => called.push('property')}>
        <button onClick={text} type="button" />
        <iframe title="x" {...frame} />
        <iframe title="y" srcdoc={trusted('<p>') as never} />
        <x-y data={{ a: 1 }} name="n" />
      </div>
    ));
    expect(html).toBe(
      '<div><button type="button"></button><iframe title="x"></iframe><iframe title="y" srcdoc="&lt;p&gt;"></iframe>' +
        '<x-y name="n"></x-y></div>',
    );
    expect(called).toEqual([]);
  });
});
