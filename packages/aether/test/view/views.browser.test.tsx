import { describe, expect, it, vi } from 'vitest';
import {
  batch,
  createContext,
  defineComponent,
  effect,
  For,
  getOwner,
  mergeProps,
  onCleanup,
  onError,
  onMount,
  Show,
  signal,
  splitProps,
  trusted,
  useContext,
  useId,
  type View,
} from '../../src/index.js';
import { jsx } from '../../src/jsx-runtime.js';
import { failureOf, show, takeReported } from './page.js';

describe('elements and text', () => {
  it('shows texts, numbers, lists and fragments, and nothing for null, undefined and booleans', () => {
    const { html } = show(
      <p>
        {'a'}
        {1}
        {2n}
        {null}
        {undefined}
        {true}
        {false}
        {['b', ['c']]}
        {new Set(['d'])}
        <>
          <i>e</i>f
        </>
      </p>,
    );
    expect(html()).toBe('<p>a12bcd<i>e</i>f</p>');
  });

  it('disposes what failed content has created in place of a text', () => {
    const on = signal(false);
    const tick = signal(0);
    const seen: number[] = [];
    const ended: string[] = [];
    const Good = () => {
      effect(() => void seen.push(tick()));
      onCleanup(() => ended.push('good'));
      return 'good';
    };
    const Bad = (): View => {
      throw new Error('bad');
    };
    const { text } = show(<p>{() => (on() ? [<Good />, <Bad />] : 'text')}</p>);
    on.set(true);
    expect(takeReported()).toEqual([new Error('bad')]);
    const runs = seen.length;
    tick.set(1);
    expect([seen.length, ended, text()]).toEqual([runs, ['good'], '']);
    on.set(false);
    expect([text(), ended]).toEqual(['text', ['good']]);
  });

  it('shows values that have a text, and refuses others with the name of the component', () => {
    expect(show(<p>{new Date(0)}</p>).text()).toBe(String(new Date(0)));
    expect(show(<p>{Symbol('x') as never}</p>).text()).toBe('Symbol(x)');
    const Forged = () => <p>{JSON.parse('{"type":"img","props":{"onerror":"alert(1)"},"key":null}') as View}</p>;
    expect(failureOf(() => show(<Forged />))).toEqual(new TypeError('Forged: cannot show an object'));
    const Waiting = () => <p>{Promise.resolve('x') as never}</p>;
    expect(failureOf(() => show(<Waiting />))).toMatchObject({
      message: 'Waiting: cannot show a promise: use a resource or lazy()',
    });
    expect(failureOf(() => show(<p>{new (class Point {})() as never}</p>))).toMatchObject({
      message: 'the root view: cannot show an object of class Point',
    });
  });

  it('refuses invalid names of elements and attributes', () => {
    const Tag = 'a><img' as 'a';
    expect(failureOf(() => show(<Tag />))).toBeInstanceOf(TypeError);
    const attributes = { 'x><img onerror': '1' };
    expect(failureOf(() => show(<p {...attributes} />))).toBeInstanceOf(TypeError);
    document.body.replaceChildren();
  });

  it('never parses a string as markup', () => {
    const { html } = show(<p title={'"><img>'}>{'<img onerror=alert(1)>'}</p>);
    expect(html()).toBe('<p title="&quot;&gt;&lt;img&gt;">&lt;img onerror=alert(1)&gt;</p>');
  });

  it('shows nodes created elsewhere', () => {
    const node = document.createElement('b');
    expect(show(<p>{node}</p>).get('b')).toBe(node);
  });

  it('creates SVG and MathML by their place, and HTML again in foreignObject', () => {
    const { get } = show(
      <div>
        <svg viewBox="0 0 1 1">
          <a>
            <circle r={1} />
          </a>
          <foreignObject>
            <p>x</p>
          </foreignObject>
        </svg>
        <math>
          <mi>y</mi>
          <mtext>
            <b>z</b>
            <svg>
              <foreignObject>
                <i />
              </foreignObject>
            </svg>
          </mtext>
        </math>
      </div>,
    );
    expect(get('circle').namespaceURI).toBe('http://www.w3.org/2000/svg');
    expect(get('svg').getAttribute('viewBox')).toBe('0 0 1 1');
    expect(get('p').namespaceURI).toBe('http://www.w3.org/1999/xhtml');
    expect(get('mi').namespaceURI).toBe('http://www.w3.org/1998/Math/MathML');
    expect(get('b').namespaceURI).toBe('http://www.w3.org/1999/xhtml');
    expect(get('i').namespaceURI).toBe('http://www.w3.org/1999/xhtml');
    const on = signal(false);
    const later = show(<svg>{() => on() && <path d="M0 0" />}</svg>);
    on.set(true);
    expect(later.get('path').namespaceURI).toBe('http://www.w3.org/2000/svg');
  });

  it('creates all elements in SVG and MathML in their namespace, also those at which parsers leave it', () => {
    const on = signal(true);
    const attributes = { id: 'a' };
    const views = [
      <svg>
        {on() && (
          <b title="t">
            x <i>{on() && 'y'}</i>
          </b>
        )}
      </svg>,
      <svg {...attributes}>
        {on() && (
          <a>
            <wbr />
            <g>{on() ? <linearGradient /> : undefined}</g>
          </a>
        )}
      </svg>,
      <svg>
        {on() && (
          <b>
            <g>
              <clipPath />
            </g>
          </b>
        )}
      </svg>,
      <svg>
        {on() && (
          <desc>
            <b>{on() && <i />}</b>
          </desc>
        )}
      </svg>,
      <math>
        {on() && (
          <b>
            <mi>
              <i>z</i>
            </mi>
            <annotation-xml encoding="text/html">
              <p>{on() && <svg />}</p>
            </annotation-xml>
          </b>
        )}
      </math>,
    ];
    const spaces = { html: 'http://www.w3.org/1999/xhtml', svg: 'http://www.w3.org/2000/svg' };
    const named = ({ localName, namespaceURI }: Element) =>
      `${localName} ${Object.entries(spaces).find(([, space]) => space === namespaceURI)?.[0] ?? 'mathml'}`;
    expect(views.map((view) => show(view).all('*').map(named).join())).toEqual([
      'svg svg,b svg,i svg',
      'svg svg,a svg,wbr svg,g svg,linearGradient svg',
      'svg svg,b svg,g svg,clipPath svg',
      'svg svg,desc svg,b html,i html',
      'math mathml,b mathml,mi mathml,i html,annotation-xml mathml,p mathml,svg mathml',
    ]);
    expect(show(views[0]).html()).toBe('<svg><b title="t">x <i>y</i></b></svg>');
  });

  it('creates attributes with a prefix in the same namespace as a parser', () => {
    const id = signal('#a');
    const { get } = show(
      <svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">
        <use xlink:href={id} />
      </svg>,
    );
    const parsed = document.createElement('div');
    parsed.innerHTML =
      '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"><use xlink:href="#a"/></svg>';
    const written = (svg: Element) => new XMLSerializer().serializeToString(svg);
    expect(written(get('svg'))).toBe(written(parsed.firstElementChild as Element));
  });

  it('disposes what a view creates after it has ended itself', () => {
    const ends = signal(false);
    const tick = signal(0);
    const seen: unknown[] = [];
    const Part = () => {
      effect(() => void seen.push(tick()));
      onCleanup(() => seen.push('end'));
      return 'part';
    };
    const page = show(() => {
      if (!ends()) return 'none';
      page.remove();
      return <Part />;
    });
    ends.set(true);
    tick.set(1);
    expect([seen, page.html()]).toEqual([[0, 'end'], '']);
  });

  it('renders other content in an element that was emptied from outside', () => {
    const n = signal(1);
    const { get, html } = show(() => {
      const now = n();
      return <svg>{now > 1 ? <g /> : 'text'}</svg>;
    });
    get('svg').textContent = '';
    n.set(2);
    expect(html()).toBe('<svg></svg>');
  });
});

describe('attributes', () => {
  it('are written with their HTML names', () => {
    const { html } = show(
      <label class="a" for="x" tabindex={0} hidden data-a={false} aria-hidden={true} title={null} draggable={false}>
        l
      </label>,
    );
    expect(html()).toBe(
      '<label class="a" for="x" tabindex="0" hidden="" data-a="false" aria-hidden="true" draggable="false">l</label>',
    );
  });

  it('accept arrays and objects for class, objects for style', () => {
    const on = signal(true);
    const { get } = show(
      <p
        class={() => ['a', on() && 'b', { c: on(), d: !on() }]}
        style={() => ({ color: on() ? 'red' : null, '--x': 1, fontSize: '2px' })}
      />,
    );
    const p = get('p');
    expect(p.className).toBe('a b c');
    expect(p.style.cssText).toBe('color: red; --x: 1; font-size: 2px;');
    on.set(false);
    expect(p.className).toBe('a d');
    expect(p.style.cssText).toBe('--x: 1; font-size: 2px;');
  });

  it('are followed when they are functions or signals, one by one', () => {
    const title = signal('a');
    const id = signal('x');
    const { get } = show(<p title={title} id={() => id()} />);
    const p = get('p');
    title.set('b');
    id.set('y');
    expect([p.title, p.id]).toEqual(['b', 'y']);
  });

  it('set properties where attributes do not update the element', () => {
    const value = signal('a');
    const checked = signal(true);
    const { get } = show(
      <form>
        <input value={value} />
        <input type="checkbox" checked={checked} />
        <select value="b">
          <option value="a">a</option>
          <option value="b">b</option>
        </select>
        <p prop:title="t" />
      </form>,
    );
    const input = get<HTMLInputElement>('input');
    input.value = 'typed';
    value.set('b');
    checked.set(false);
    expect(input.value).toBe('b');
    expect(get<HTMLInputElement>('[type=checkbox]').checked).toBe(false);
    expect(get<HTMLSelectElement>('select').value).toBe('b');
    expect(get('p').title).toBe('t');
  });

  it('javascript: addresses, handlers as strings and untrusted HTML are dropped with a warning (109)', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const address = 'java\nscript:alert(1)';
    const forged = { onclick: 'alert(1)', innerHTML: '<img>', 'prop:innerHTML': '<img>', 'prop:href': address } as object;
    const { html } = show(
      <div>
        <a href={address}>a</a>
        <a href={() => ` JavaScript:alert(1)`}>b</a>
        <form action="javascript:void 0" />
        <p {...forged} />
        <b innerHTML={trusted('<i>x</i>')} />
        <a href="/ok?javascript:">c</a>
        <a {...forged} />
        <svg>
          <animate attributeName="href" {...({ values: `#;${address}` } as object)} />
        </svg>
      </div>,
    );
    expect(html()).toBe(
      '<div><a>a</a><a>b</a><form></form><p></p><b><i>x</i></b><a href="/ok?javascript:">c</a><a></a><svg><animate attributeName="href"></animate></svg></div>',
    );
    expect(warn).toHaveBeenCalledTimes(12);
  });

  it('set objects as properties of custom elements, and listen to their events by name', () => {
    class Box extends HTMLElement {
      data: unknown;
    }
    customElements.define('x-box', Box);
    const data = { a: 1 };
    const seen: unknown[] = [];
    const { get } = show(<x-box data={data} size={2} on:box-open={(event) => seen.push(event.type)} />);
    const box = get<Box>('x-box');
    box.dispatchEvent(new Event('box-open'));
    expect([box.data, box.getAttribute('size'), seen]).toEqual([data, '2', ['box-open']]);
  });

  it('refs are functions or signals, and signals are cleared at the end', () => {
    const held = signal<HTMLElement | undefined>();
    const given: Element[] = [];
    const { get, remove } = show(
      <p ref={(element) => given.push(element)}>
        <b ref={held}>x</b>
      </p>,
    );
    expect([given[0], held()]).toEqual([get('p'), get('b')]);
    remove();
    expect(held()).toBeUndefined();
  });

  it('a signal holds an element while it is there, wherever it is', () => {
    const held = signal<HTMLElement | undefined>();
    const on = signal(true);
    const list = signal(['row']);
    const Part = () => <u ref={held}>in a component</u>;
    const places: (() => View)[] = [
      () => on() && <b ref={held}>x</b>,
      () => <p>{() => (on() ? <i ref={held}>x</i> : 'none')}</p>,
      () => (
        <p>
          <Show when={on}>
            <Part />
          </Show>
        </p>
      ),
      () => (
        <p>
          <For each={() => (on() ? list() : [])}>{() => <s ref={held}>x</s>}</For>
        </p>
      ),
    ];
    const seen = places.map((place) => {
      const { remove, get } = show(place);
      const was = held() === get('b, i, u, s');
      on.set(false);
      const gone = held();
      on.set(true);
      const again = held() === get('b, i, u, s');
      remove();
      return [was, gone, again, held()];
    });
    expect(seen).toEqual(places.map(() => [true, undefined, true, undefined]));
  });
});

describe('events', () => {
  it('run as one batch, on the element itself, and their handler may change', () => {
    const a = signal(0);
    const runs: number[] = [];
    const seen: string[] = [];
    effect(() => void runs.push(a()));
    const View = defineComponent(() => () => (
      <div onClick={() => seen.push('outer')}>
        <button
          onClick={(event) => {
            event.stopPropagation();
            seen.push(`${event.currentTarget.localName} ${a()}`);
            a.set(a.peek() + 1);
            a.set(a.peek() + 1);
          }}
          title={String(a())}
        />
      </div>
    ));
    const { get } = show(<View />);
    const button = get('button');
    button.click();
    button.click();
    expect(seen).toEqual(['button 0', 'button 2']);
    expect(runs).toEqual([0, 2, 4]);
    expect([get('button') === button, button.title]).toEqual([true, '4']);
  });

  it('are received in the capture phase, and with names in any case', () => {
    const seen: string[] = [];
    const { get } = show(
      <div onClickCapture={() => seen.push('capture')} onclick={() => seen.push('bubble')}>
        <b onMouseDown={() => seen.push('down')} onClick={() => seen.push('target')} />
      </div>,
    );
    get('b').click();
    get('b').dispatchEvent(new MouseEvent('mousedown'));
    expect(seen).toEqual(['capture', 'target', 'bubble', 'down']);
  });

  it('pass errors of handlers to the nearest error handler, otherwise report them', () => {
    const caught: unknown[] = [];
    const Guarded = () => {
      onError((error) => caught.push(error));
      return <button onClick={() => fail('a')} />;
    };
    show(<Guarded />)
      .get('button')
      .click();
    show(<button onClick={() => fail('b')} />)
      .get('button')
      .click();
    expect(caught).toEqual([new Error('a')]);
    expect(takeReported()).toEqual([new Error('b')]);
  });
});

function fail(message: string): never {
  throw new Error(message);
}

describe('components (AE-04)', () => {
  it('run once per use, each with its own state (98)', () => {
    let setups = 0;
    const Counter = defineComponent((props: { name: string }) => {
      setups++;
      const count = signal(0);
      return () => (
        <button name={props.name} onClick={() => count.update((n) => n + 1)}>
          {count()}
        </button>
      );
    });
    const { get, text } = show(
      <>
        <Counter name="a" />
        <Counter name="b" />
      </>,
    );
    get('[name=a]').click();
    get('[name=a]').click();
    get('[name=b]').click();
    expect([text(), setups]).toEqual(['21', 2]);
  });

  it('a view that runs again keeps elements, focus, typed text and the state of its children', () => {
    const count = signal(0);
    const Child = defineComponent(() => {
      const own = signal(0);
      return () => <button onClick={() => own.update((n) => n + 1)}>{own()}</button>;
    });
    const Parent = defineComponent(() => () => (
      <div title={`n${count()}`} class={count() % 2 ? 'odd' : undefined}>
        <input />
        <Child />
        {count() % 2 === 0 && <i>even</i>}
        <b>{count()}</b>
      </div>
    ));
    const { get, html } = show(<Parent />);
    const [div, input, button] = [get('div'), get<HTMLInputElement>('input'), get('button')];
    button.click();
    input.focus();
    input.value = 'typed';
    input.setSelectionRange(1, 3);
    count.set(1);
    expect(html()).toBe('<div title="n1" class="odd"><input><button>1</button><b>1</b></div>');
    count.set(2);
    expect(html()).toBe('<div title="n2"><input><button>1</button><i>even</i><b>2</b></div>');
    expect([get('div'), get('input'), get('button')]).toEqual([div, input, button]);
    expect([document.activeElement, input.value, input.selectionStart, input.selectionEnd]).toEqual([input, 'typed', 1, 3]);
  });

  it('receive changing properties, and follow only those they read', () => {
    const a = signal(1);
    const b = signal(1);
    const runs = { a: 0, b: 0 };
    const Child = (props: { a: number; b: number }) => {
      effect(() => void (props.a, runs.a++));
      return <p>{() => (runs.b++, props.b)}</p>;
    };
    const Parent = defineComponent(() => () => <Child a={a()} b={b()} />);
    const { text } = show(<Parent />);
    b.set(2);
    expect([text(), runs]).toEqual(['2', { a: 1, b: 2 }]);
    a.set(2);
    expect(runs).toEqual({ a: 2, b: 2 });
  });

  it('warns once, in development, when a property changes that only the setup has read', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const name = signal('a');
    const Reader = (props: { name: string; other: string }) => {
      const first = props.name;
      return () => `${first} ${props.other}`;
    };
    const view = (value: string) => <Reader name={value} other={value} />;
    const { text } = show(() => view(name()));
    for (const value of ['b', 'c']) name.set(value);
    expect(text()).toBe('a c');
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining("Reader: property 'name' has changed, but was read in the setup")],
    ]);
  });

  it('warns of a destructured property, but not of properties read by a view, a handler or an effect', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const count = signal(0);
    const clicked: number[] = [];
    const Apart = ({ n }: { n: number }) => <b>{n}</b>;
    const Handles = (props: { n: number; m: number }) => {
      const first = props.m;
      return (
        <button type="button" title={`${first}`} onClick={() => clicked.push(props.n)}>
          {props.m}
        </button>
      );
    };
    const Parent = () => () => (
      <p>
        <Apart n={count()} />
        <Handles n={count()} m={count()} />
      </p>
    );
    const { get } = show(<Parent />);
    get('button').click();
    for (const value of [1, 2]) count.set(value);
    get('button').click();
    expect(clicked).toEqual([0, 2]);
    const texts = warn.mock.calls.map(([text]) => String(text));
    expect(texts.filter((text) => text.includes("Apart: property 'n' has changed, but was read in the setup"))).toHaveLength(1);
    expect(texts.filter((text) => text.includes("property 'n'"))).toHaveLength(1);
  });

  it('properties are read-only, enumerable and can be spread', () => {
    let error: unknown;
    const Child = (props: { a?: number; b?: number }) => {
      try {
        (props as { a: number }).a = 2;
      } catch (thrown) {
        error = thrown;
      }
      return <p title={`${Object.keys(props)} ${'a' in props} ${'c' in props} ${JSON.stringify({ ...props })}`} />;
    };
    expect(show(<Child a={1} b={2} />).get('p').title).toBe('a,b true false {"a":1,"b":2}');
    expect(error).toEqual(new TypeError("property 'a' is read-only"));
  });

  it('mergeProps and splitProps read nothing themselves, and stay reactive', () => {
    const size = signal<string | undefined>(undefined);
    const Child = (props: { size?: string | undefined; title: string }) => {
      const merged = mergeProps({ size: 'small' }, props);
      const [own, rest] = splitProps(merged, ['size']);
      return <p {...rest}>{() => own.size}</p>;
    };
    const Parent = defineComponent(() => () => <Child size={size()} title="t" />);
    const { html } = show(<Parent />);
    expect(html()).toBe('<p title="t">small</p>');
    size.set('large');
    expect(html()).toBe('<p title="t">large</p>');
  });

  it('another key or another component creates a new instance', () => {
    const key = signal(1);
    const ended: number[] = [];
    const Child = (props: { n: number }) => {
      const { n } = props;
      onCleanup(() => ended.push(n));
      return <p>{n}</p>;
    };
    const Parent = defineComponent(() => () => (key() < 3 ? <Child key={key()} n={key()} /> : <b>none</b>));
    const { html } = show(<Parent />);
    key.set(2);
    expect([html(), ended]).toEqual(['<p>2</p>', [1]]);
    key.set(3);
    expect([html(), ended]).toEqual(['<b>none</b>', [1, 2]]);
  });

  it('keyed lists keep their rows when a view runs again', () => {
    const order = signal(['a', 'b', 'c']);
    const List = defineComponent(() => () => (
      <ul>
        {order().map((name) => (
          <li key={name}>
            <input name={name} />
          </li>
        ))}
      </ul>
    ));
    const { get, all, text } = show(<List />);
    const inputs = Object.fromEntries(['a', 'b', 'c'].map((name) => [name, get(`[name=${name}]`)]));
    inputs.c?.focus();
    order.set(['c', 'd', 'a']);
    expect(all('input').map((input) => (input as HTMLInputElement).name)).toEqual(['c', 'd', 'a']);
    expect([get('[name=c]'), get('[name=a]')]).toEqual([inputs.c, inputs.a]);
    order.set([]);
    expect(text()).toBe('');
    order.set(['x', 'y']);
    expect(all('li')).toHaveLength(2);
  });

  it('errors in a setup or view reach the root when nobody handles them', () => {
    const Bad = (): View => fail('setup');
    expect(() => show(<Bad />)).toThrow('setup');
    const on = signal(false);
    const { html } = show(
      <p>
        {() => on() && <Bad />}
        {() => (on() ? fail('view') : 'x')}
      </p>,
    );
    on.set(true);
    expect(takeReported()).toEqual([new Error('setup'), new Error('view')]);
    expect(html()).toBe('<p></p>');
    on.set(false);
    expect(html()).toBe('<p>x</p>');
  });
});

describe('lifecycle (AE-05)', () => {
  it('onMount runs after insertion, children first in the order of creation; its result runs at the end (100)', () => {
    const order: string[] = [];
    const Child = (props: { name: string }) => {
      const { name } = props;
      let element: Element | undefined;
      onMount(() => {
        order.push(`${name} ${element?.isConnected}`);
        return () => order.push(`-${name}`);
      });
      return <p ref={(p) => (element = p)}>{props.name}</p>;
    };
    const on = signal(true);
    const { remove } = show(
      <div>
        <Child name="a" />
        {() => on() && <Child name="b" />}
      </div>,
    );
    expect(order).toEqual(['a true', 'b true']);
    on.set(false);
    on.set(true);
    expect(order.slice(2)).toEqual(['-b', 'b true']);
    remove();
    expect(order.slice(4)).toEqual(['-b', '-a']);
  });

  it('effects, listeners and nodes are removed with their owner', () => {
    const value = signal(0);
    let runs = 0;
    const Child = () => {
      effect(() => void (value(), runs++));
      return <p title={value}>{value}</p>;
    };
    const { get, remove, container } = show(<Child />);
    const p = get('p');
    remove();
    value.set(1);
    expect([runs, p.title, p.textContent, container.childNodes.length]).toEqual([1, '0', '0', 0]);
  });

  it('an error in onMount or a cleanup goes to the error handler, and the others run', () => {
    const caught: unknown[] = [];
    const on = signal(true);
    const Child = () => {
      onMount(() => fail('mount'));
      onCleanup(() => fail('cleanup'));
      return 'x';
    };
    const App = () => {
      onError((error) => caught.push((error as Error).message));
      return () => on() && [<Child key={1} />, <Child key={2} />];
    };
    show(<App />);
    on.set(false);
    expect(caught).toEqual(['mount', 'mount', 'cleanup', 'cleanup']);
  });
});

describe('context (AE-08)', () => {
  const Theme = createContext('light');
  const Reader = () => <i>{() => useContext(Theme)}</i>;

  it('is the value of the nearest provider, otherwise the default', () => {
    const { text } = show(
      <>
        <Reader />
        <Theme.Provider value="dark">
          <Reader />
          <Theme.Provider value="blue">
            <Reader />
          </Theme.Provider>
        </Theme.Provider>
      </>,
    );
    expect(text()).toBe('lightdarkblue');
  });

  it('follows the value of its provider, also in components created later', () => {
    const value = signal('a');
    const on = signal(false);
    const App = defineComponent(() => () => (
      <Theme.Provider value={value()}>
        <Reader />
        {() => on() && <Reader />}
      </Theme.Provider>
    ));
    const { text } = show(<App />);
    value.set('b');
    on.set(true);
    expect(text()).toBe('bb');
  });

  it('a place whose element is replaced repeatedly keeps no reference to previous elements', () => {
    const turn = signal(0);
    const held = signal<Element | undefined>(undefined);
    let asked = 0;
    const { peek } = held;
    held.peek = () => {
      asked++;
      return peek.call(held);
    };
    const { remove } = show(() => (
      <div>
        <i>{turn() % 2 === 0 ? <b key={turn()} ref={held} /> : <u ref={held} />}</i>
        {turn() % 2 === 0 ? jsx('b', { ref: held }, turn()) : jsx('u', { ref: held })}
      </div>
    ));
    for (let next = 1; next <= 100; next++) turn.set(next);
    expect(peek.call(held)?.isConnected).toBe(true);
    asked = 0;
    remove();
    expect([peek.call(held), asked < 10]).toEqual([undefined, true]);
  });

  it('useId returns unique ids', () => {
    const Field = () => {
      const id = useId();
      return (
        <label for={id}>
          <input id={id} />
        </label>
      );
    };
    const { all } = show([<Field key={1} />, <Field key={2} />]);
    const ids = all('input').map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
    expect(ids.every((id) => /^[a-z]/.test(id))).toBe(true);
  });
});

it('a component that has ended creates nothing', async () => {
  let owner: ReturnType<typeof getOwner>;
  const Child = () => {
    owner = getOwner();
    return 'x';
  };
  show(<Child />).remove();
  const { runWithOwner } = await import('../../src/index.js');
  let ran = false;
  runWithOwner(owner, () => effect(() => void (ran = true)));
  expect(ran).toBe(false);
});

it('a tree 300 deep works', () => {
  const value = signal('x');
  const Nest = (props: { depth: number }): View => {
    const { depth } = props;
    return depth === 0 ? <b>{value}</b> : <div>{() => <Nest depth={depth - 1} />}</div>;
  };
  const { get } = show(<Nest depth={300} />);
  value.set('y');
  expect(get('b').textContent).toBe('y');
});

it('changes in a batch are rendered once', () => {
  const a = signal(1);
  const b = signal(1);
  let runs = 0;
  const { text } = show(<p>{() => (runs++, a() + b())}</p>);
  batch(() => {
    a.set(2);
    b.set(2);
  });
  expect([text(), runs]).toEqual(['4', 2]);
});
