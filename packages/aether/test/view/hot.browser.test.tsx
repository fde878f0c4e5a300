import { describe, expect, it } from 'vitest';
import { component, keep, replace } from '../../src/hot.js';
import { createContext, createRoot, For, Portal, resource, Show, Suspense, signal, useContext } from '../../src/index.js';
import { show, takeReported } from './page.js';

let tests = 0;

/** Names of components, which are known for as long as the page is open. */
const ids = () => {
  const test = ++tests;
  return (name: string) => `/test-${test}.tsx#${name}`;
};

/** A component that counts clicks and can be replaced, as the plugin makes it. */
const counter = (id: string) =>
  component(id, (props: { readonly of: string }) => {
    const clicks = keep('clicks', 'signal(0)', () => signal(0));
    return (
      <b onClick={() => clicks.update((n) => n + 1)}>
        {props.of}
        {clicks}
      </b>
    );
  });

/** Gives a component another view, and waits until fields have what they had. */
async function edit(id: string, view: () => unknown) {
  component(id, view as never);
  replace();
  await Promise.resolve();
}

const click = (elements: readonly Element[], times: readonly number[]) => {
  for (const [index, count] of times.entries()) for (let left = count; left > 0; left--) (elements[index] as HTMLElement).click();
};

describe('a hot-replaced component', () => {
  it('passes the signals of its children to those at the same places: by component, key, row and order', async () => {
    const id = ids();
    const One = counter(id('One'));
    const Two = counter(id('Two'));
    const items = signal([{ id: 1 }, { id: 2 }]);
    const view = () => (
      <>
        <One of="a" />
        <Two of="b" />
        <One of="c" />
        <One key="k" of="d" />
        <For each={items}>{(item) => <One of={`row${item.id} `} />}</For>
        <Show when={true}>
          <One of="e" />
        </Show>
      </>
    );
    const App = component(id('App'), () => view());
    const { container, all } = show(() => <App />);
    click(all('b'), [1, 2, 3, 4, 5, 6, 7]);
    expect(container.textContent).toBe('a1b2c3d4row1 5row2 6e7');
    await edit(id('App'), view);
    expect(container.textContent).toBe('a1b2c3d4row1 5row2 6e7');

    items.set([...items.peek()].reverse());
    await edit(id('App'), () => (
      <main>
        <For each={items}>{(item) => <One of={`row${item.id} `} />}</For>
        <p>
          <One key="k" of="d" />
          <Two of="b" />
        </p>
        <Two of="new" />
        <One of="a" />
      </main>
    ));
    expect(container.textContent).toBe('row2 6row1 5d4b2new0a1');
    // Nobody asked for the state of the others: it is gone.
    await edit(id('App'), view);
    expect(container.textContent).toBe('a1b2c0d4row2 6row1 5e0');
  });

  it('passes nothing to components shown later', async () => {
    const id = ids();
    const One = counter(id('One'));
    const open = signal(true);
    const view = () => <Show when={open}>{() => <One of="" />}</Show>;
    const App = component(id('App'), view);
    const { container, all } = show(() => <App />);
    click(all('b'), [3]);
    const other = signal(false);
    await edit(id('App'), () => <Show when={other}>{() => <One of="" />}</Show>);
    other.set(true);
    expect(container.textContent).toBe('0');
  });

  it('keeps the state of descendants, in portals and in waiting content, separately for each use', async () => {
    const id = ids();
    const One = counter(id('One'));
    const target = document.createElement('div');
    const Middle = component(id('Middle'), (props: { readonly of: string }) => (
      <i>
        <One of={props.of} />
        <Portal mount={target}>
          <One of={`${props.of}portal `} />
        </Portal>
      </i>
    ));
    const Theme = createContext('light');
    const Themed = component(id('Themed'), () => {
      const clicks = keep('clicks', 'signal(0)', () => signal(0));
      return <b onClick={() => clicks.update((n) => n + 1)}>{() => `${useContext(Theme)}${clicks()}`}</b>;
    });
    const Data = () => <u>{resource(() => new Promise((resolve) => setTimeout(resolve, 0, '!')), { suspend: true })}</u>;
    const view = (theme: string) => () => (
      <>
        <Middle of="x" />
        <Middle of="y" />
        <Suspense fallback="waiting">
          <Data />
          <Theme.Provider value={theme}>
            <Themed />
          </Theme.Provider>
        </Suspense>
      </>
    );
    const App = component(id('App'), view('dark'));
    const { container, all } = show(() => <App />);
    await expect.poll(() => container.textContent).toBe('x0y0!dark0');
    click([...all('b'), ...target.querySelectorAll('b')], [1, 2, 3, 4, 5]);
    expect([container.textContent, target.textContent]).toEqual(['x1y2!dark3', 'xportal 4yportal 5']);
    await edit(id('App'), view('blue'));
    expect([container.textContent, target.textContent]).toEqual(['x1y2waiting', 'xportal 4yportal 5']);
    await expect.poll(() => container.textContent).toBe('x1y2!blue3');
  });

  it('keeps the state of children that its setup did not reach because it failed or waits', async () => {
    const id = ids();
    const One = counter(id('One'));
    const App = component(id('App'), () => <One of="" />);
    const { container, all } = show(() => (
      <Suspense fallback="waiting">
        <App />
      </Suspense>
    ));
    click(all('b'), [2]);
    await edit(id('App'), () => {
      throw new Error('failed');
    });
    expect(takeReported()).toEqual([new Error('failed')]);
    await edit(id('App'), () => <One of="again" />);
    expect(container.textContent).toBe('again2');
    let answer = (_: string) => {};
    const data = createRoot(() => resource(() => new Promise<string>((resolve) => (answer = resolve)), { suspend: true }));
    await edit(id('App'), () => {
      const text = data() as string;
      return <One of={text} />;
    });
    expect(container.textContent).toBe('waiting');
    answer('came');
    await expect.poll(() => container.textContent).toBe('came2');
  });

  it('keeps what the user has typed, chosen and selected, unless the program sets another value', async () => {
    const id = ids();
    const given = signal('given');
    // What a setup gets from another function begins anew.
    const anew = <T,>(initial: T) => signal(initial);
    const view = (value: string) => () => {
      const text = anew('');
      const isOn = anew(false);
      return (
        <form>
          <textarea name="anew" value={text} onInput={(event) => text.set((event.target as HTMLTextAreaElement).value)} />
          <input name="on" type="checkbox" checked={isOn} onChange={() => isOn.update((on) => !on)} />
          <input name="typed" />
          <textarea name="text" />
          <input name="box" type="checkbox" />
          <input name="radio" type="radio" value="1" checked />
          <input name="radio" type="radio" value="2" />
          <input name="range" type="range" max={value === 'first' ? '10' : '100'} />
          <select name="one">
            <option>a</option>
            <option>b</option>
          </select>
          <select name="many" multiple>
            <option>a</option>
            <option>b</option>
          </select>
          <input name="follows" value={given} onInput={(event) => given.set((event.target as HTMLInputElement).value)} />
          <input name="said" value={value} />
          <input name="same" value="same" />
          <input name={value} />
        </form>
      );
    };
    const App = component(id('App'), view('first'));
    const { get } = show(() => <App />);
    const named = <E extends HTMLElement = HTMLInputElement>(name: string) => get<E>(`[name="${name}"]`);
    for (const name of ['typed', 'text', 'follows', 'said', 'same', 'first', 'anew']) {
      named(name).value = 'by hand';
      named(name).dispatchEvent(new InputEvent('input', { bubbles: true }));
    }
    for (const name of ['box', 'on']) named(name).click();
    get<HTMLInputElement>('[value="2"]').click();
    named<HTMLSelectElement>('one').value = 'b';
    (named<HTMLSelectElement>('many').options[1] as HTMLOptionElement).selected = true;
    named('text').focus();
    named('text').setSelectionRange(2, 5);
    const form = get('form');
    await edit(id('App'), view('second'));
    expect(get('form')).not.toBe(form);
    const values = (...names: readonly string[]) => names.map((name) => named(name).value);
    expect(values('typed', 'text', 'follows', 'same')).toEqual(['by hand', 'by hand', 'by hand', 'by hand']);
    // The program says another value, another name, or there was nothing to keep.
    expect(values('said', 'second', 'range', 'anew')).toEqual(['second', '', '50', '']);
    expect([named('on').checked, named('box').checked, get<HTMLInputElement>('[value="2"]').checked]).toEqual([
      false,
      true,
      true,
    ]);
    expect(named<HTMLSelectElement>('one').value).toBe('b');
    expect([...named<HTMLSelectElement>('many').selectedOptions].map(({ text }) => text)).toEqual(['b']);
    expect(document.activeElement).toBe(named('text'));
    expect([named('text').selectionStart, named('text').selectionEnd]).toEqual([2, 5]);
    // What the program shows now is what it says.
    given.set('anew');
    await edit(id('App'), view('second'));
    expect(values('follows')).toEqual(['anew']);
  });

  it('keeps a focus elsewhere, and scroll positions', async () => {
    const id = ids();
    const view = (height: number) => () => (
      <div style="height: 50px; overflow: auto">
        <p style={`height: ${height}px`} />
      </div>
    );
    const App = component(id('App'), view(500));
    const { get } = show(() => (
      <>
        <input />
        <App />
      </>
    ));
    get('input').focus();
    get('div div').scrollTop = 120;
    await edit(id('App'), view(600));
    expect([get('div div').scrollTop, document.activeElement]).toEqual([120, get('input')]);
  });

  it('is replaced after its module has run: it can refer to later declarations', async () => {
    const id = ids();
    const App = component(id('App'), () => <b>one</b>);
    const { container } = show(() => <App />);
    component(id('App'), (() => <b>{later}</b>) as never);
    const later = 'two';
    expect(container.textContent).toBe('one');
    replace();
    expect(container.textContent).toBe('two');
  });
});
