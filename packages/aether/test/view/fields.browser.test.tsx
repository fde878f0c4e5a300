/** Fields show and send the same, made in a page, written by a server and taken over, however their attributes are ordered. */
import { expect, it } from 'vitest';
import { userEvent } from 'vitest/browser';
import { batch, For, Index, Show, type Signal, signal, type View } from '../../src/index.js';
import { hydrate, renderToString } from '../../src/ssr.js';
import { show } from './page.js';

/** Texts that a form with these fields sends. */
function sent(container: Element): string {
  const form = document.createElement('form');
  for (const field of container.querySelectorAll('input, select')) field.setAttribute('name', 'f');
  form.append(...container.childNodes);
  const text = [...new FormData(form).values()].join('+');
  container.append(...form.childNodes);
  return text;
}

const names = () => ['a', 'b', 'c'];
const on = signal(true);
const off = signal(false);
const three = signal(3);
const high = signal(200);
const value = signal(150);
const chosen = signal('b');

const fields: Record<string, [sent: string, view: () => View]> = {
  'a range whose value comes before its end': ['150', () => <input type="range" value={150} min={0} max={200} />],
  'a range whose value is followed': ['150', () => <input type="range" value={value} max={high} />],
  'a range whose value comes before the type': ['150', () => <input value={150} type="range" max={200} />],
  'a range whose step comes last': ['0.25', () => <input type="range" min={0} max={1} value={0.25} step={0.01} />],
  'a range below zero': ['-50', () => <input type="range" value={-50} min={-100} max={0} />],
  'a colour whose value comes before the type': ['#ff0000', () => <input value="#ff0000" type="color" />],
  'a time that is no time before its type': ['', () => <input value="noon" type="time" />],
  'a box that is checked before its type': ['y', () => <input checked={true} value="y" type="checkbox" />],
  'a file, of which the value is not for a page': ['[object File]', () => <input value="x" type="file" />],
  'several chosen options': [
    'a+b',
    () => (
      <select multiple={true}>
        <option value="a" selected={true}>
          A
        </option>
        <option value="b" selected={true}>
          B
        </option>
      </select>
    ),
  ],
  'several chosen options, written short': [
    'a+b',
    () => (
      <select multiple>
        <option selected>a</option>
        <option selected>b</option>
      </select>
    ),
  ],
  'several chosen options of a list': [
    'a+c',
    () => (
      <label>
        many
        <select multiple={on}>
          <For each={names}>{(name) => <option selected={() => name !== 'b'}>{name}</option>}</For>
        </select>
      </label>
    ),
  ],
  'several chosen options of an array': [
    'a+c',
    () => (
      <select multiple={() => on()}>
        {names().map((name) => (
          <option key={name} selected={name !== 'b'}>
            {name}
          </option>
        ))}
      </select>
    ),
  ],
  'an open list without a choice': [
    '',
    () => (
      <select size={3}>
        <option>a</option>
        <option>b</option>
      </select>
    ),
  ],
  'an open list within other elements': [
    '',
    () => (
      <p>
        <select size={three}>
          <option>a</option>
        </select>
        <b>.</b>
      </p>
    ),
  ],
  'an option that cannot be chosen': [
    'b',
    () => (
      <select>
        <option disabled={on}>a</option>
        <option>b</option>
      </select>
    ),
  ],
  'an option that cannot be chosen, written short': [
    'b',
    () => (
      <select>
        <option disabled>a</option>
        <option>b</option>
      </select>
    ),
  ],
  'a group that can be chosen from': [
    'a',
    () => (
      <select>
        <optgroup label="g" disabled={off}>
          <option>a</option>
        </optgroup>
        <option>b</option>
      </select>
    ),
  ],
  'a group that cannot be chosen from': [
    'b',
    () => (
      <select>
        <optgroup label="g" disabled={on}>
          <option>a</option>
        </optgroup>
        <option>b</option>
      </select>
    ),
  ],
  'a list before another option': [
    'a',
    () => (
      <select>
        <For each={names}>{(name) => <option>{name}</option>}</For>
        <option>other</option>
      </select>
    ),
  ],
  'a choice by value': [
    'b',
    () => (
      <select value={chosen}>
        <optgroup label="g">
          <option value="a">A</option>
          <option value="b">B</option>
        </optgroup>
      </select>
    ),
  ],
  'no value, with an option that is chosen': [
    'b',
    () => (
      <select value={undefined}>
        <option>a</option>
        <option selected>b</option>
      </select>
    ),
  ],
  'null for a value': [
    'a',
    () => (
      <select value={null}>
        <option>a</option>
        <option>b</option>
      </select>
    ),
  ],
};

it.each(Object.entries(fields))('%s', async (_name, [expected, view]) => {
  const made = show(view);
  const html = await renderToString(view);
  const written = document.createElement('div');
  written.innerHTML = html;
  const taken = document.createElement('div');
  document.body.append(taken);
  taken.innerHTML = html;
  const end = hydrate(view, taken);
  const all = [made.container, written, taken].map(sent);
  end();
  taken.remove();
  expect(all).toEqual([expected, expected, expected]);
});

const range = (container: { get: (query: string) => Element }) => container.get('input') as HTMLInputElement;

it('sets the value of a range again when its limits change, in any order', () => {
  const limit = signal(100);
  const given = signal(150);
  const page = show(<input type="range" value={given} max={limit} />);
  expect(range(page).value).toBe('100');
  limit.set(200);
  expect(range(page).value).toBe('150');
  batch(() => {
    given.set(350);
    limit.set(400);
  });
  expect(range(page).value).toBe('350');
  const again = show(() => <input type="range" value={given()} max={limit()} />);
  batch(() => {
    given.set(700);
    limit.set(800);
  });
  expect([range(page).value, range(again).value]).toEqual(['700', '700']);
});

it('keeps the value set by the user when a limit changes', () => {
  const limit = signal(100);
  const page = show(<input type="range" value={150} max={limit} />);
  range(page).value = '30';
  limit.set(200);
  expect(range(page).value).toBe('30');
});

type Options = Signal<readonly string[]>;
const lists: Record<string, (options: Options, choice: Signal<string>) => View> = {
  For: (options, choice) => (
    <select value={choice}>
      <For each={options}>{(name) => <option>{name}</option>}</For>
    </select>
  ),
  'For after another option': (options, choice) => (
    <select value={choice}>
      <option value="">choose</option>
      <For each={options} by={(name) => name}>
        {(name) => <option value={name}>{name}</option>}
      </For>
    </select>
  ),
  Index: (options, choice) => (
    <select value={choice}>
      <Index each={options}>{(name) => <option>{name}</option>}</Index>
    </select>
  ),
  'Index of values': (options, choice) => (
    <select value={choice}>
      <Index each={options}>{(name) => <option value={name}>x</option>}</Index>
    </select>
  ),
  'a view that runs again': (options, choice) => () => (
    <select value={choice()}>
      {options().map((name) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  ),
  'a followed array': (options, choice) => (
    <select value={choice}>{() => options().map((name) => <option value={name}>{name}</option>)}</select>
  ),
  Show: (options, choice) => (
    <select value={choice}>
      <Show when={() => options().length > 0}>
        <optgroup label="g">{() => options().map((name) => <option value={name}>{name}</option>)}</optgroup>
      </Show>
    </select>
  ),
};

const turn = () => new Promise<void>((resolve) => setTimeout(resolve));

it.each(Object.entries(lists))(
  'a select shows the option of its value when its options are added or changed: %s',
  async (_name, make) => {
    const options = signal<readonly string[]>([]);
    const choice = signal('b');
    const page = show(make(options, choice));
    const select = page.get<HTMLSelectElement>('select');
    const values: string[] = [];
    const given = async (...names: string[]) => {
      options.set(names);
      await turn();
      values.push(select.value);
    };
    await given('a', 'b', 'c');
    await given('c', 'b', 'a');
    await given('d', 'e', 'b', 'f');
    choice.set('f');
    expect(select.value).toBe('f');
    await given('x', 'y', 'f');
    await given();
    await given('f', 'g');
    expect(values).toEqual(['b', 'b', 'b', 'f', '', 'f']);
  },
);

it('a select without a value shows the first of the added options', () => {
  const options = signal<readonly string[]>([]);
  const page = show(
    <select>
      <For each={options}>{(name) => <option>{name}</option>}</For>
    </select>,
  );
  options.set(['a', 'b', 'c']);
  expect(page.get<HTMLSelectElement>('select').value).toBe('a');
});

it('the choice of the user stays while its option exists, until the value changes', async () => {
  const choice = signal('b');
  const count = signal(1);
  const names = signal(['a', 'b', 'c']);
  const page = show(
    <select value={choice}>
      <For each={names}>{(name) => <option>{() => `${name}${count()}`}</option>}</For>
    </select>,
  );
  const select = page.get<HTMLSelectElement>('select');
  const choose = (at: number) => {
    select.selectedIndex = at;
    select.dispatchEvent(new Event('change', { bubbles: true }));
  };
  const shown: number[] = [];
  const after = async (change: () => void) => {
    change();
    await turn();
    shown.push(select.selectedIndex);
  };
  choice.set('b1');
  choose(2);
  await after(() => names.set(['a', 'b', 'c', 'd']));
  await after(() => names.set(['d', 'c', 'b', 'a']));
  // Its text is its value.
  await after(() => count.set(2));
  await after(() => names.set(['a', 'b', 'd']));
  await after(() => choice.set('b2'));
  choose(0);
  await after(() => choice.set('d2'));
  // The value was given after somebody chose.
  await after(() => names.set(['a', 'd', 'b']));
  expect(shown).toEqual([2, 1, 1, -1, 1, 2, 1]);
});

it.each<[string, (more: () => void, names: Signal<readonly string[]>) => View]>([
  [
    'before the value',
    (more, names) => (
      <select onChange={more} value="b">
        <For each={names}>{(name) => <option>{name}</option>}</For>
      </select>
    ),
  ],
  [
    'behind the value',
    (more, names) => (
      <select value="b" onChange={more}>
        <For each={names}>{(name) => <option>{name}</option>}</For>
      </select>
    ),
  ],
  [
    'of input',
    (more, names) => (
      <select onInput={more} value="b">
        <For each={names}>{(name) => <option>{name}</option>}</For>
      </select>
    ),
  ],
])('the choice of the user stays when a handler %s changes the options', async (_, view) => {
  const names = signal<readonly string[]>(['a', 'b', 'c']);
  const page = show(view(() => names.set(['c', 'd', 'b']), names));
  const select = page.get<HTMLSelectElement>('select');
  select.focus();
  // By the browser: of what it tells itself observers hear between two listeners.
  await userEvent.keyboard('{ArrowDown}');
  await expect.poll(() => [...select.options].map((option) => option.value)).toEqual(['c', 'd', 'b']);
  await turn();
  expect(select.value).toBe('c');
});

it('multiple choices of the user stay selected', async () => {
  const names = signal(['a', 'b', 'c']);
  const page = show(
    <select multiple value="a">
      <For each={names}>{(name) => <option>{name}</option>}</For>
    </select>,
  );
  const select = page.get<HTMLSelectElement>('select');
  (select.options[2] as HTMLOptionElement).selected = true;
  select.dispatchEvent(new Event('change', { bubbles: true }));
  names.set(['d', 'c', 'b', 'a']);
  await turn();
  expect([...select.selectedOptions].map(({ value }) => value)).toEqual(['c', 'a']);
});

it('a select in a reset form shows its value when its options change', async () => {
  const names = signal(['a', 'b', 'c']);
  const page = show(
    <form>
      <select value="b">
        <For each={names}>{(name) => <option>{name}</option>}</For>
      </select>
    </form>,
  );
  const select = page.get<HTMLSelectElement>('select');
  const shown: string[] = [];
  for (let times = 0; times < 2; times++) {
    select.value = 'c';
    select.dispatchEvent(new Event('change', { bubbles: true }));
    names.set(['c', 'a', 'b']);
    await turn();
    shown.push(select.value);
    page.get<HTMLFormElement>('form').reset();
    names.set(['a', 'b', 'c']);
    await turn();
    shown.push(select.value);
  }
  expect(shown).toEqual(['c', 'b', 'c', 'b']);
});
