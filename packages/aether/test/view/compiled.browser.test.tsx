import { describe, expect, it } from 'vitest';
import { defineComponent, For, Show, signal, store } from '../../src/index.js';
import { show } from './page.js';

describe('evaluation', () => {
  it('of a property happens once, where the component reads it, and again when its dependencies change', () => {
    let made = 0;
    const make = () => ({ id: ++made });
    const seen: { id: number }[] = [];
    const Reads = (props: { value: { id: number } }) => {
      seen.push(props.value, props.value);
      return <p>{props.value.id}</p>;
    };
    const { html } = show(<Reads value={make()} />);
    expect([html(), seen.map(({ id }) => id), made]).toEqual(['<p>1</p>', [1, 1], 1]);
  });

  it('of children is deferred until they are shown', () => {
    const user = signal<{ name: string } | undefined>(undefined);
    const { html } = show(() => <Show when={user()}>{(shown) => <b>{() => shown().name}</b>}</Show>);
    expect(html()).toBe('');
    user.set({ name: 'Ada' });
    expect(html()).toBe('<b>Ada</b>');
    user.set(undefined);
    expect(html()).toBe('');
  });

  it('uses the variables in scope at the JSX', () => {
    const views = [];
    let index = 0;
    for (; index < 2; index++) views.push(<i title={String(index)}>{`${index}`.repeat(2)}</i>);
    let name = 'a';
    const view = <b>{name.toUpperCase()}</b>;
    name = 'b';
    const { html } = show([views, view]);
    expect([html(), name]).toEqual(['<i title="0">00</i><i title="1">11</i><b>A</b>', 'b']);
  });

  it('keeps `this` and `arguments`', () => {
    const model = {
      title: 'x',
      view() {
        return (
          <Show when={this.title} fallback={this.title}>
            <p title={this.title.repeat(2)}>{this.title}</p>
          </Show>
        );
      },
    };
    expect(show(() => model.view()).html()).toBe('<p title="xx">x</p>');
  });

  it('follows the attributes and children of a tag that is an element name at run time', () => {
    const names = { Tag: 'button' as const };
    const word = signal('a');
    const clicked: string[] = [];
    const listener = () => () => clicked.push(word());
    const { html, get } = show(() => (
      <names.Tag type="button" title={word()} onClick={listener()}>
        {word().repeat(2)}
      </names.Tag>
    ));
    word.set('b');
    get('button').click();
    expect([html(), clicked]).toEqual(['<button type="button" title="b">bb</button>', ['b']]);
  });

  it('follows attributes whose value is a signal in an object', () => {
    const row = { title: signal('a'), id: 'x' };
    const { html } = show(
      <p title={row.title} id={row.id}>
        {row.title}
      </p>,
    );
    row.title.set('b');
    expect(html()).toBe('<p title="b" id="x">b</p>');
  });
});

describe('what is shown', () => {
  it('is the same with entities, white space and comments', () => {
    const { html } = show(
      <p title="a &amp; &quot;b&quot; &eacute;">
        {/* nothing */}
        one&nbsp;two &lt;i&gt; &copy; &unknown; three
        <b>four</b> five <i>six</i>
      </p>,
    );
    expect(html()).toBe(
      '<p title="a &amp; &quot;b&quot; é">one&nbsp;two &lt;i&gt; © &amp;unknown; three<b>four</b> five <i>six</i></p>',
    );
  });

  it('is the same for elements that parsers move', () => {
    const text = signal('x');
    const { container, html } = show(
      <div>
        <p>
          {/* @ts-ignore: nobody should, everybody can */}
          <div>{text}</div>
        </p>
        <a href="#a">
          <a href="#b">{text}</a>
        </a>
        <table>
          <tr>
            <td>{text}</td>
          </tr>
        </table>
        <pre>{'\n'}a</pre>
        <textarea>{text()}</textarea>
        <select value="b">
          <option value="a">a</option>
          <option value="b">{text}</option>
        </select>
        <svg viewBox="0 0 1 1">
          <linearGradient id="g">
            <stop offset="0" />
          </linearGradient>
          <foreignObject>
            <p>{text}</p>
          </foreignObject>
        </svg>
        <template>
          <i />
        </template>
      </div>,
    );
    expect(html()).toBe(
      '<div><p><div>x</div></p><a href="#a"><a href="#b">x</a></a><table><tr><td>x</td></tr></table><pre>\na</pre>' +
        '<textarea>x</textarea><select><option value="a">a</option><option value="b">x</option></select>' +
        '<svg viewBox="0 0 1 1"><linearGradient id="g"><stop offset="0"></stop></linearGradient><foreignObject><p>x</p></foreignObject></svg>' +
        '<template><i></i></template></div>',
    );
    expect(container.querySelector('select')?.value).toBe('b');
    expect(container.querySelector('linearGradient')?.namespaceURI).toBe('http://www.w3.org/2000/svg');
    expect(container.querySelector('foreignObject p')?.namespaceURI).toBe('http://www.w3.org/1999/xhtml');
  });

  it('is the same with spreads, where the last value wins', () => {
    const given: object = { title: 'given', class: 'g', children: 'from the spread' };
    const { html } = show([
      <p title="a" {...given} id="b" />,
      <p {...given} title={String('own')}>
        {'own'}
      </p>,
    ]);
    expect(html()).toBe('<p title="given" class="g" id="b">from the spread</p><p title="own" class="g">own</p>');
  });

  it('keeps rows, elements and typed text when lists are rendered again', () => {
    const state = store({ rows: [1, 2, 3].map((id) => ({ id, name: `n${id}` })) });
    const List = defineComponent(() => () => (
      <ul>
        {state.rows.map((row) => (
          <li key={row.id} class={row.name.toUpperCase()}>
            <input /> {row.name}
          </li>
        ))}
      </ul>
    ));
    const { get, all, text } = show(<List />);
    const input = get<HTMLInputElement>('li:nth-child(3) input');
    input.value = 'typed';
    state.rows.reverse();
    (state.rows[0] as { name: string }).name = 'new';
    expect(all('input')[0]).toBe(input);
    expect([input.value, text(), get('li').className]).toEqual(['typed', ' new n2 n1', 'NEW']);
  });

  it('follows stores in rows', () => {
    const state = store({ rows: [{ id: 1, name: 'a' }] });
    const { html } = show(
      <ul>
        <For each={state.rows}>{(row) => <li title={row.name}>{row.name}!</li>}</For>
      </ul>,
    );
    expect(html()).toBe('<ul><li title="a">a!</li></ul>');
  });
});
