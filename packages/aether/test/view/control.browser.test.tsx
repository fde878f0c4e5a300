import { describe, expect, it, vi } from 'vitest';
import {
  type Component,
  computed,
  Dynamic,
  ErrorBoundary,
  effect,
  For,
  Index,
  lazy,
  Match,
  onCleanup,
  onMount,
  Portal,
  render,
  resource,
  Show,
  Suspense,
  Switch,
  selector,
  signal,
  store,
  type View,
} from '../../src/index.js';
import { jsx } from '../../src/jsx-runtime.js';
import { failureOf, show, takeReported } from './page.js';

interface Item {
  readonly id: number;
  readonly name: string;
}

const items = (...ids: number[]): Item[] => ids.map((id) => ({ id, name: `n${id}` }));

it.each([
  ['For', For],
  ['Index', Index],
])('%s reads its row function once, and again when it changes', (_name, List) => {
  const given = signal('a');
  const again = signal(0);
  const list = signal(items(1, 2, 3));
  const asked: string[] = [];
  const Rows = () => {
    const name = given();
    const props = {
      each: list,
      get children() {
        asked.push(name);
        return () => {
          const count = again();
          return <p>{name + count}</p>;
        };
      },
    };
    return jsx(List, props);
  };
  const { text } = show(Rows);
  expect([text(), asked]).toEqual(['a0a0a0', ['a']]);
  list.set([...list(), ...items(4, 5)]);
  expect([text(), asked]).toEqual(['a0a0a0a0a0', ['a']]);
  given.set('b');
  again.set(1);
  expect(text()).toBe('b1b1b1b1b1');
});

describe('For', () => {
  it('keeps rows by identity: moves nodes, keeps focus and state, ends removed rows (101)', () => {
    const [a, b, c, d] = items(1, 2, 3, 4) as [Item, Item, Item, Item];
    const list = signal([a, b, c]);
    const ended: string[] = [];
    let made = 0;
    const { get, all, text } = show(
      <ul>
        <li>head</li>
        <For each={list}>
          {(item, index) => {
            made++;
            onCleanup(() => ended.push(item.name));
            return (
              <li id={item.name}>
                <input />
                {() => `${index()}${item.name} `}
              </li>
            );
          }}
        </For>
        <li>tail</li>
      </ul>,
    );
    const input = get<HTMLInputElement>('#n1 input');
    input.focus();
    input.value = 'typed';
    list.set([c, d, a]);
    expect(text()).toBe('head0n3 1n4 2n1 tail');
    expect([get('#n1 input'), input.value, made, ended]).toEqual([input, 'typed', 4, ['n2']]);
    list.set([]);
    expect([all('li').length, ended.sort()]).toEqual([2, ['n1', 'n2', 'n3', 'n4']]);
    list.set([b]);
    expect(text()).toBe('head0n2 tail');
  });

  it('moves as few rows as possible', () => {
    const data = items(...Array.from({ length: 100 }, (_, index) => index));
    const list = signal(data);
    const { container } = show(<For each={list}>{(item) => <p>{item.name}</p>}</For>);
    const swapped = [...data];
    [swapped[1], swapped[98]] = [swapped[98] as Item, swapped[1] as Item];
    const insert = vi.spyOn(container, 'insertBefore');
    list.set(swapped);
    expect(insert).toHaveBeenCalledTimes(2);
    expect([...container.children].map(({ textContent }) => textContent)).toEqual(swapped.map(({ name }) => name));
  });

  it('with a key, shows a new item in the existing row, keeping elements and state', () => {
    const list = signal(items(1, 2));
    const { get, all } = show(
      <For each={list} by={({ id }) => id}>
        {(item) => (
          <p>
            <input />
            <b>{item.name}</b>
          </p>
        )}
      </For>,
    );
    const input = get('input');
    list.set([
      { id: 2, name: 'second' },
      { id: 1, name: 'first' },
    ]);
    expect(all('b').map(({ textContent }) => textContent)).toEqual(['second', 'first']);
    expect(all('input')[1]).toBe(input);
  });

  it('with a key that equals the first item, keeps its row for the next item', () => {
    const list = signal([0]);
    const { get, text } = show(
      <For each={list} by={(n) => n % 2}>
        {(n) => (
          <p>
            <input />
            {n}
          </p>
        )}
      </For>,
    );
    const input = get('input');
    list.set([2]);
    expect([text(), get('input')]).toEqual(['2', input]);
  });

  it('a row that fails disposes what it has created, and the other rows are shown', () => {
    const report = vi.spyOn(globalThis, 'reportError').mockImplementation(() => {});
    const ended: number[] = [];
    const Part = (props: { readonly n: number }) => {
      const { n } = props;
      onCleanup(() => ended.push(n));
      return <b>{n}</b>;
    };
    const Fails = () => {
      throw new Error('broken');
    };
    const list = signal([1, 2, 3]);
    const { text } = show(
      <For each={list}>
        {(n) => (
          <p>
            <Part n={n} />
            {n === 2 ? <Fails /> : ''}
          </p>
        )}
      </For>,
    );
    expect([text(), ended, report.mock.calls.length]).toEqual(['13', [2], 1]);
    list.set([3]);
    expect([text(), ended]).toEqual(['3', [2, 1]]);
    report.mockRestore();
  });

  it('warns of duplicate items and keys, in lists of every kind, on the first and later renders', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const warned = () => warn.mock.calls.splice(0).map(([message]) => message as string);
    const same = Object.create(null) as object;
    const items = signal<readonly object[]>([same, {}, same]);
    const keys = signal<readonly (string | undefined)[]>(['a', undefined, 'a', undefined]);
    const { container } = show(
      <ul>
        <For each={items}>{() => <li />}</For>
        {() => keys().map((key) => (key === undefined ? <li /> : <li key={key} />))}
      </ul>,
    );
    expect(container.querySelectorAll('li')).toHaveLength(7);
    expect(warned()).toEqual(['For: item appears again at position 2', 'list: key a appears again at position 2']);
    items.set([same]);
    keys.set(['a', 'b']);
    expect(warned()).toEqual([]);
    items.set([same, same]);
    keys.set(['b', 'b', 'a', 'b']);
    expect(warned()).toEqual([
      'For: item appears again at position 1',
      'list: key b appears again at position 1',
      'list: key b appears again at position 3',
    ]);
    warn.mockRestore();
  });

  it('shows a fallback for an empty list, accepts null and other iterables, and warns of duplicate keys', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const list = signal<Iterable<number> | null>(null);
    const { text } = show(
      <For each={list} by={(n) => n % 2} fallback={<i>none</i>}>
        {(n) => <b>{n}</b>}
      </For>,
    );
    expect(text()).toBe('none');
    list.set(new Set([1, 2, 3]));
    expect(text()).toBe('123');
    expect(warn).toHaveBeenCalledWith('For: key 1 appears again at position 2');
    list.set([3]);
    expect(text()).toBe('3');
    list.set([]);
    expect(text()).toBe('none');
  });

  it('shows 100,000 rows, changes one of them, and ends them', () => {
    const items = signal(Array.from({ length: 100_000 }, (_, index) => index));
    const view = show(
      <ul>
        <For each={items}>{(item) => <li>{item}</li>}</For>
      </ul>,
    );
    const list = view.get('ul');
    const last = list.lastChild;
    expect(list.childNodes.length).toBe(100_000);
    items.update((all) => all.with(50_000, -1));
    expect([list.childNodes.length, list.childNodes[50_000]?.textContent, list.lastChild]).toEqual([100_000, '-1', last]);
    items.set([]);
    expect(list.querySelector('li')).toBeNull();
  });

  it('follows a store, row by row', () => {
    const state = store({ list: items(1, 2) as { id: number; name: string }[] });
    let rows = 0;
    const { text } = show(<For each={() => state.list}>{(item) => (rows++, (<p>{() => item.name}</p>))}</For>);
    (state.list[0] as { name: string }).name = 'changed';
    state.list.push({ id: 3, name: 'n3' });
    expect([text(), rows]).toEqual(['changedn2n3', 3]);
  });

  it('notifies two rows of a selection', () => {
    const selected = signal(1);
    let runs = 0;
    const App = () => {
      const isSelected = selector(selected);
      return <For each={items(1, 2, 3, 4)}>{({ id }) => <p id={`r${id}`} class={() => (runs++, isSelected(id) && 'on')} />}</For>;
    };
    const { get } = show(<App />);
    runs = 0;
    selected.set(3);
    expect([get('#r1').className, get('#r3').className, runs]).toEqual(['', 'on', 2]);
  });

  it('any reordering results in the right order with the same nodes', () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed % below;
    };
    const list = signal<number[]>([]);
    const { container } = show(
      <>
        <i />
        <For each={list}>{(n) => (n % 3 === 0 ? [<b>{n}</b>, <u />] : <b>{n}</b>)}</For>
        <i />
      </>,
    );
    const nodes = new Map<number, Element>();
    for (let round = 0; round < 200; round++) {
      const next = Array.from({ length: 12 }, (_, n) => n)
        .filter(() => random(3) > 0)
        .sort(() => random(3) - 1);
      list.set(next);
      const shown = [...container.querySelectorAll('b')];
      expect(shown.map(({ textContent }) => Number(textContent))).toEqual(next);
      expect([container.firstElementChild?.localName, container.lastElementChild?.localName]).toEqual(['i', 'i']);
      for (const [n, node] of nodes) if (next.includes(n)) expect(shown[next.indexOf(n)]).toBe(node);
      nodes.clear();
      for (const [index, n] of next.entries()) nodes.set(n, shown[index] as Element);
    }
  });
});

it('Index keeps rows by position, with the item as a signal', () => {
  const list = signal(['a', 'b']);
  let made = 0;
  const { text, all } = show(
    <Index each={list} fallback="none">
      {(item, index) => (made++, (<p>{() => `${index}${item()}`}</p>))}
    </Index>,
  );
  const [first] = all('p');
  list.set(['x', 'b', 'c']);
  expect([text(), made, all('p')[0]]).toEqual(['0x1b2c', 3, first]);
  list.set([]);
  expect(text()).toBe('none');
});

describe('Show', () => {
  it('creates only what is shown, and keeps it while the condition stays true (101)', () => {
    const user = signal<{ name: string } | undefined>(undefined);
    const made: string[] = [];
    const Part = (props: { name: string }) => {
      made.push(props.name);
      return props.name;
    };
    const { text, all } = show(
      <Show when={user} fallback={<Part name="nobody" />}>
        {(value) => (
          <p>
            <Part name="user " />
            {() => value().name}
          </p>
        )}
      </Show>,
    );
    expect([text(), made]).toEqual(['nobody', ['nobody']]);
    user.set({ name: 'Ada' });
    const p = all('p')[0];
    user.set({ name: 'Grace' });
    expect([text(), made, all('p')[0]]).toEqual(['user Grace', ['nobody', 'user '], p]);
    user.set(undefined);
    expect(text()).toBe('nobody');
  });

  it('never evaluates children for a removed value', () => {
    const user = signal<{ name: string } | undefined>({ name: 'Ada' });
    const seen: string[] = [];
    show(<Show when={user}>{() => <p>{() => seen.push((user() as { name: string }).name)}</p>}</Show>);
    user.set(undefined);
    expect(seen).toEqual(['Ada']);
  });
});

it('Switch shows the first Match that is true, otherwise the fallback', () => {
  const a = signal<string | false>(false);
  const b = signal(false);
  const { html } = show(
    <Switch fallback={<i>none</i>}>
      <Match when={a}>{(value) => <b>{value}</b>}</Match>
      <Match when={b}>
        <b>b</b>
      </Match>
    </Switch>,
  );
  expect(html()).toBe('<i>none</i>');
  b.set(true);
  expect(html()).toBe('<b>b</b>');
  a.set('a1');
  expect(html()).toBe('<b>a1</b>');
  a.set('a2');
  expect(html()).toBe('<b>a2</b>');
  a.set(false);
  expect(html()).toBe('<b>b</b>');
});

it('Dynamic shows the current component or element, with the other properties', () => {
  const Bold = (props: { title: string; children?: View }) => <b title={props.title}>{props.children}</b>;
  const component = signal<string | typeof Bold | undefined>('p');
  const title = signal('a');
  const App = () => () => (
    <Dynamic component={component()} title={title()}>
      x
    </Dynamic>
  );
  const { html } = show(<App />);
  expect(html()).toBe('<p title="a">x</p>');
  title.set('b');
  expect(html()).toBe('<p title="b">x</p>');
  component.set(Bold);
  expect(html()).toBe('<b title="b">x</b>');
  component.set(undefined);
  expect(html()).toBe('');
});

it('Portal shows its children elsewhere and removes them when it ends', () => {
  const on = signal(true);
  const value = signal('a');
  const target = document.createElement('section');
  const { html } = show(
    <p>
      {() =>
        on() && (
          <Portal mount={target}>
            <b>{value}</b>
          </Portal>
        )
      }
    </p>,
  );
  value.set('b');
  expect([html(), target.innerHTML]).toEqual(['<p></p>', '<b>b</b>']);
  on.set(false);
  expect(target.innerHTML).toBe('');
  const body = show(
    <Portal>
      <output>out</output>
    </Portal>,
  );
  expect(document.querySelector('body > output')?.textContent).toBe('out');
  body.remove();
  expect(document.querySelector('body > output')).toBeNull();
});

it('Portal creates its children in the namespace of its target', () => {
  const { get } = show(
    <div>
      <svg>
        <g />
        <foreignObject />
        <desc />
      </svg>
      <math>
        <mrow />
        <mtext />
      </math>
    </div>,
  );
  const shown = ['svg', 'g', 'foreignObject', 'desc', 'math', 'mrow', 'mtext', 'div'].map((target) => {
    const { remove } = show(
      <Portal mount={get<Element>(target)}>
        <a class="of-portal" />
      </Portal>,
    );
    const { namespaceURI } = get<Element>('.of-portal');
    remove();
    return namespaceURI?.split('/').at(-1);
  });
  expect(shown).toEqual(['svg', 'svg', 'xhtml', 'xhtml', 'MathML', 'MathML', 'xhtml', 'xhtml']);
});

it('render creates its view in the namespace of its element', () => {
  const { get, container } = show(
    <div>
      <svg>
        <g />
        <foreignObject />
      </svg>
      <math>
        <mrow />
        <mi />
      </math>
    </div>,
  );
  const places = [...['svg', 'g', 'foreignObject', 'math', 'mrow', 'mi', 'div'].map((name) => get<Element>(name)), container];
  const shown = [...places, document.createDocumentFragment()].map((place) => {
    const remove = render(() => [<a class="shown">{[<b key="1" />]}</a>], place);
    const namespaces = [...place.querySelectorAll('.shown, .shown > b')].map((each) => each.namespaceURI?.split('/').at(-1));
    remove();
    return namespaces.join(' ');
  });
  const [svg, mathml, html] = ['svg svg', 'MathML MathML', 'xhtml xhtml'];
  expect(shown).toEqual([svg, svg, html, mathml, mathml, html, html, html, html]);
});

it('refuses the same names of attributes and elements as a server', async () => {
  const { renderToString } = await import('../../src/ssr.js');
  const attributes = ['x"y', "x'y", 'x<y', 'x>y', 'x y', 'x=y', 'x/y', '\u0001', ''];
  for (const name of attributes) {
    const view = () => <p {...{ [name]: 'z' }} />;
    const message = `invalid attribute name '${name}'`;
    await expect(renderToString(view)).rejects.toThrow(message);
    expect((failureOf(() => show(view)) as Error).message).toBe(message);
  }
  for (const name of ['x"y', 'x<y', 'x y', 'x=y', '1x', '']) {
    const view = () => jsx(name, {});
    const message = `invalid element name '${name}'`;
    await expect(renderToString(view)).rejects.toThrow(message);
    expect((failureOf(() => show(view)) as Error).message).toBe(message);
  }
});

describe('ErrorBoundary', () => {
  it('shows the fallback for errors below it in setup, view, effect and handler; reset renders the children again', () => {
    const where = signal('');
    const Child = () => {
      if (where.peek() === 'setup') throw new Error('setup');
      effect(() => {
        if (where() === 'effect') throw new Error('effect');
      });
      return (
        <p>
          <button
            onClick={() => {
              throw new Error('handler');
            }}
          />
          {() => {
            if (where() === 'view') throw new Error('view');
            return 'fine';
          }}
        </p>
      );
    };
    let reset = () => {};
    const { text, get } = show(
      <ErrorBoundary
        fallback={(error, again) => {
          reset = again;
          return <i>{error.message}</i>;
        }}
      >
        <Child />
      </ErrorBoundary>,
    );
    for (const each of ['effect', 'view']) {
      where.set(each);
      expect(text()).toBe(each);
      where.set('');
      reset();
      expect(text()).toBe('fine');
    }
    get('button').click();
    expect(text()).toBe('handler');
    where.set('setup');
    reset();
    expect(text()).toBe('setup');
    where.set('');
    reset();
    expect(text()).toBe('fine');
  });

  it('errors of the fallback go to the next boundary; thrown values that are not errors are wrapped', () => {
    const Bad = (props: { with: unknown }): View => {
      throw props.with;
    };
    const { text } = show(
      <ErrorBoundary fallback={(error, _reset) => error.message}>
        <ErrorBoundary fallback={<Bad with={new Error('outer')} />}>
          <Bad with="inner" />
        </ErrorBoundary>
      </ErrorBoundary>,
    );
    expect(text()).toBe('outer');
    expect(show(<ErrorBoundary fallback={(error, _reset) => error.message}>{<Bad with="text" />}</ErrorBoundary>).text()).toBe(
      'text',
    );
  });

  it('shows the fallback for any failure of the first render', () => {
    const fail = (): never => {
      throw new Error('first');
    };
    const failing: Record<string, () => View> = {
      setup: fail,
      view: () => fail,
      effect: () => {
        effect(fail);
        return <p>made</p>;
      },
      mount: () => {
        onMount(fail);
        return <p>made</p>;
      },
      ref: () => <p ref={fail}>made</p>,
      attribute: () => <p title={() => fail()}>made</p>,
      text: () => <p>{() => fail()}</p>,
      items: () => <For each={() => fail()}>{() => <p />}</For>,
      keys: () => (
        <For each={[1]} by={fail}>
          {() => <p />}
        </For>
      ),
      row: () => <For each={[1]}>{fail}</For>,
      condition: () => <Show when={() => fail()}>made</Show>,
    };
    const outer: string[] = [];
    for (const [where, Failing] of Object.entries(failing)) {
      const { text, remove } = show(
        <ErrorBoundary fallback={(error, _reset) => outer.push(error.message)}>
          <ErrorBoundary fallback={(error, _reset) => error.message}>
            <Suspense fallback="waits">
              <Failing />
            </Suspense>
          </ErrorBoundary>
          <b>beside</b>
        </ErrorBoundary>,
      );
      expect([where, text()]).toEqual([where, 'firstbeside']);
      remove();
    }
    expect(outer).toEqual([]);
  });

  it('reports further errors of failed children; errors of the fallback go to the outer boundary, also when it looks the same', () => {
    const late = signal(false);
    const Part = (props: { name: string; fails: boolean }) => (
      <p>
        {() => {
          if (props.fails) throw new Error(props.name);
          return props.name;
        }}
      </p>
    );
    const { text } = show(
      <ErrorBoundary fallback={(error, _reset) => `outside: ${error.message}`}>
        <ErrorBoundary fallback={(_error, _reset) => <Part name="fallback" fails={late()} />}>
          {[<Part name="one" fails={true} />, <Part name="two" fails={true} />]}
        </ErrorBoundary>
      </ErrorBoundary>,
    );
    expect(text()).toBe('fallback');
    expect(takeReported()).toEqual([new Error('two')]);
    late.set(true);
    expect(text()).toBe('outside: fallback');
  });

  it('effects of failed children no longer run', () => {
    const value = signal(0);
    let runs = 0;
    const Child = (): View => {
      effect(() => void (value(), runs++));
      throw new Error('late');
    };
    show(
      <ErrorBoundary fallback="failed">
        <Child />
      </ErrorBoundary>,
    );
    value.set(1);
    expect(runs).toBe(1);
  });
});

it('a function that returns itself is an error, as a child and as an attribute', () => {
  const self = (): unknown => self;
  const { html } = show(
    <p title={self as () => string}>
      {self as () => View}
      <b>beside</b>
    </p>,
  );
  expect(html()).toBe('<p><b>beside</b></p>');
  expect(takeReported().map(String)).toEqual([
    expect.stringMatching(/^TypeError: .*returns itself$/),
    expect.stringMatching(/^TypeError: .*returns itself$/),
  ]);
});

describe('Suspense and lazy', () => {
  it.each(['itself', 'by a computed', 'of an effect in it'])(
    'a setup that waits for its own resource, read %s, is an error that names the component, and fetches once',
    async (how) => {
      let asked = 0;
      const load = () => {
        asked++;
        if (asked > 20) throw new Error('asked without end');
        return new Promise<string>(() => {});
      };
      const User = () => {
        let user = (): string | undefined => '';
        const make = () => {
          const made = resource(load, { suspend: true });
          user = () => made();
        };
        if (how === 'of an effect in it') effect(make);
        else make();
        const name = how === 'by a computed' ? computed(() => user())() : user();
        return <b>{name}</b>;
      };
      const { html } = show(
        <ErrorBoundary fallback={(error) => <i>{error.message}</i>}>
          <Suspense fallback="waits">
            <User />
          </Suspense>
        </ErrorBoundary>,
      );
      await new Promise((resolve) => setTimeout(resolve));
      expect(html()).toMatch(/^<i>User: the setup waits for data that it requests.*<\/i>$/);
      expect(asked).toBe(1);
    },
  );

  const later = <T,>() => {
    let resolve: (value: T) => void = () => {};
    let reject: (error: unknown) => void = () => {};
    const promise = new Promise<T>((done, fail) => {
      resolve = done;
      reject = fail;
    });
    return { promise, resolve, reject };
  };
  const settled = () => new Promise<void>((resolve) => setTimeout(resolve));

  it.each(['an array', 'For'])('shows %s in which another component waits when what was there has been shown', async (how) => {
    const modules = [0, 1, 2].map(() => later<{ default: () => View }>());
    const Parts = modules.map(({ promise }) => lazy(() => promise));
    const shown = signal([0]);
    const part = (index: number) => {
      const Part = Parts[index] as Component<object>;
      return <Part key={index} />;
    };
    const Row = (props: { index: number }) => <>{part(props.index)}</>;
    const { html } = show(
      <main>
        <Suspense fallback="waits">
          {how === 'For' ? <For each={shown}>{(index) => <Row index={index} />}</For> : () => shown().map(part)}
          <i>end</i>
        </Suspense>
      </main>,
    );
    const arrive = async (index: number) => {
      modules[index]?.resolve({ default: () => <b>{index}</b> });
      await settled();
    };
    await arrive(0);
    expect(html()).toBe('<main><b>0</b><i>end</i></main>');
    shown.set([1, 2, 0]);
    expect(html()).toBe('<main>waits</main>');
    await arrive(1);
    await arrive(2);
    expect(html()).toBe('<main><b>1</b><b>2</b><b>0</b><i>end</i></main>');
  });

  it('shows the fallback of a waiting list that has become empty', async () => {
    const module = later<{ default: () => View }>();
    const Empty = lazy(() => module.promise);
    const shown = signal([1, 2]);
    const { html } = show(
      <main>
        <Suspense fallback="waits">
          <For each={shown} fallback={<Empty />}>
            {(item) => <b>{item}</b>}
          </For>
          <i>end</i>
        </Suspense>
      </main>,
    );
    shown.set([]);
    expect(html()).toBe('<main>waits</main>');
    module.resolve({ default: () => <u>none</u> });
    await settled();
    expect(html()).toBe('<main><u>none</u><i>end</i></main>');
    shown.set([3]);
    expect(html()).toBe('<main><b>3</b><i>end</i></main>');
  });

  it('a module without a component is an error', async () => {
    const Empty = lazy(async () => ({}) as { default: () => View });
    const { text } = show(
      <ErrorBoundary fallback={(error, _reset) => error.message}>
        <Suspense fallback="waits">
          <Empty />
        </Suspense>
      </ErrorBoundary>,
    );
    await expect.poll(text).toBe('lazy: the default export must be a component');
  });

  it('shows the fallback once, until lazy components and suspending resources are loaded', async () => {
    const module = later<{ default: (props: { name: string }) => View }>();
    const data = later<string>();
    const Editor = lazy(() => module.promise);
    const order: string[] = [];
    const Page = () => {
      const user = resource(() => data.promise, { suspend: true });
      onMount(() => void order.push('mounted'));
      return (
        <p>
          <Editor name="editor" /> {user} <button onClick={() => user.refetch()} />
        </p>
      );
    };
    const { html, text, get } = show(
      <Suspense fallback={<i>loading</i>}>
        <Page />
      </Suspense>,
    );
    expect(html()).toBe('<i>loading</i>');
    data.resolve('Ada');
    await settled();
    expect([html(), order]).toEqual(['<i>loading</i>', []]);
    module.resolve({ default: (props) => <b>{props.name}</b> });
    await settled();
    expect([text(), order]).toEqual(['editor Ada ', ['mounted']]);
    get('button').click();
    expect(text()).toBe('editor Ada ');
  });

  it('a setup that reads pending data runs again when it has arrived', async () => {
    const data = later<{ name: string }>();
    const user = resource(() => data.promise, { suspend: true });
    let setups = 0;
    const Child = () => {
      setups++;
      const { name } = user() as { name: string };
      return <b>{name}</b>;
    };
    const { html } = show(
      <p>
        <Child />
        <Suspense fallback="wait">
          <Child />
        </Suspense>
      </p>,
    );
    expect(html()).toBe('<p>wait</p>');
    data.resolve({ name: 'Ada' });
    await settled();
    expect([html(), setups]).toEqual(['<p><b>Ada</b><b>Ada</b></p>', 4]);
  });

  it('can be disposed while it waits', async () => {
    const module = later<{ default: () => View }>();
    const Late = lazy(() => module.promise);
    const { remove, container } = show(
      <Suspense fallback="loading">
        <Late />
      </Suspense>,
    );
    remove();
    module.resolve({ default: () => 'late' });
    await settled();
    expect(container.innerHTML).toBe('');
  });

  it('the error of a module goes to the boundary, whose reset loads it again', async () => {
    let attempts = 0;
    const Late = lazy(async () => {
      if (++attempts === 1) throw new Error('offline');
      return { default: () => 'there' };
    });
    let reset = () => {};
    const { text } = show(
      <ErrorBoundary
        fallback={(error, again) => {
          reset = again;
          return error.message;
        }}
      >
        <Suspense fallback="loading">
          <Late />
        </Suspense>
      </ErrorBoundary>,
    );
    await settled();
    expect(text()).toBe('offline');
    reset();
    await settled();
    expect(text()).toBe('there');
    expect(takeReported()).toEqual([]);
  });

  /** A component whose module can be loaded from the attempt of a number on. */
  const failing = (until: number) => {
    const state = { loads: 0 };
    const Late = lazy<object>(async () => {
      // Without an end, a test would never come to its own.
      if (++state.loads > 20) await new Promise(() => {});
      if (state.loads < until) throw new Error(`offline ${state.loads}`);
      return { default: () => <b>there</b> };
    });
    return { state, Late };
  };
  const quiet = async () => {
    for (let turns = 0; turns < 10; turns++) await settled();
  };

  it.each<[name: string, uses: number, view: (Late: Component<object>) => View]>([
    ['two', 2, (Late) => [<Late />, <Late />]],
    [
      'two in one Suspense',
      2,
      (Late) => (
        <Suspense fallback="waits">
          <Late />
          <Late />
        </Suspense>
      ),
    ],
    [
      'two in a Suspense each',
      2,
      (Late) => [
        <Suspense fallback="waits">
          <Late />
        </Suspense>,
        <Suspense fallback="waits">
          <Late />
        </Suspense>,
      ],
    ],
    ['five rows', 5, (Late) => <For each={[1, 2, 3, 4, 5]}>{() => <Late />}</For>],
    [
      'one of two in a boundary',
      1,
      (Late) => [
        <ErrorBoundary fallback="">
          <Late />
        </ErrorBoundary>,
        <Late />,
      ],
    ],
  ])('a module that cannot be loaded is requested once for all its uses: %s', async (_, uses, view) => {
    const { state, Late } = failing(Infinity);
    const { text } = show(view(Late));
    await quiet();
    expect([state.loads, text()]).toEqual([1, '']);
    expect(takeReported().map(String)).toEqual(Array.from({ length: uses }, () => 'Error: offline 1'));
  });

  it('a reset loads once for all uses, each of which shows the component or fails again', async () => {
    const { state, Late } = failing(3);
    const resets: (() => void)[] = [];
    const Guarded = (props: { at: number }) => (
      <ErrorBoundary
        fallback={(error, again) => {
          resets[props.at] = again;
          return <i>{error.message}</i>;
        }}
      >
        <Late />
      </ErrorBoundary>
    );
    const { html } = show(
      <p>
        <Guarded at={0} />
        <Guarded at={1} />
        <Suspense fallback="waits">
          <Late />
        </Suspense>
      </p>,
    );
    await quiet();
    expect([html(), state.loads]).toEqual(['<p><i>offline 1</i><i>offline 1</i></p>', 1]);
    resets[0]?.();
    await quiet();
    expect([html(), state.loads]).toEqual(['<p><i>offline 2</i><i>offline 1</i></p>', 2]);
    resets[1]?.();
    await quiet();
    expect([html(), state.loads]).toEqual(['<p><i>offline 2</i><b>there</b><b>there</b></p>', 3]);
    resets[0]?.();
    expect([html(), state.loads]).toEqual(['<p><b>there</b><b>there</b><b>there</b></p>', 3]);
    expect(takeReported().map(String)).toEqual(['Error: offline 1', 'Error: offline 2']);
  });

  it('a use after a failed and ended use loads again', async () => {
    const { state, Late } = failing(2);
    const open = signal(true);
    const { html } = show(<Show when={open}>{() => <Late />}</Show>);
    await quiet();
    expect(takeReported().map(String)).toEqual(['Error: offline 1']);
    open.set(false);
    open.set(true);
    await quiet();
    expect([html(), state.loads]).toEqual(['<b>there</b>', 2]);
  });
});
