/** The checks of the test suite that the TodoMVC project runs on all of its applications, in its order. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { App } from '../../../../examples/todomvc/src/app.tsx';
// @ts-expect-error Vite imports stylesheets
import '../../../../examples/todomvc/src/app.css';
import { show } from '../view/page.js';

const [cheese, cat, doctor] = ['buy some cheese', 'feed the cat', 'book a doctors appointment'] as const;

let shown: ReturnType<typeof show>;
const open = () => {
  shown = show(<App />);
};
beforeEach(() => {
  localStorage.clear();
  history.replaceState(null, '', '#/');
  open();
});
afterEach(() => history.replaceState(null, '', '#'));

const get = <E extends HTMLElement = HTMLElement>(selector: string) => shown.get<E>(selector);
const visible = (selector: string) => (shown.all(selector)[0] as HTMLElement | undefined)?.checkVisibility() ?? false;
const items = () => shown.all('.todo-list li') as HTMLElement[];
/** An element of the item at a position, from 0. */
const inItem = <E extends HTMLElement = HTMLInputElement>(at: number, selector: string) =>
  items()[at]?.querySelector(selector) as E;
const titles = () => items().map((item) => item.querySelector('label')?.textContent);
const completed = () => items().map((item) => item.classList.contains('completed'));

interface Kept {
  readonly id: number;
  readonly title: string;
  readonly completed: boolean;
}
/** The list that is kept, under the name that the specification gives it. */
const kept = () => JSON.parse(localStorage.getItem('todos-aether') as string) as Kept[];
const keptTitles = () => kept().map(({ title }) => title);
const keptCompleted = () => kept().filter((todo) => todo.completed).length;

const press = (field: HTMLElement, key: string) => field.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));

/** Adds todos. */
function add(...all: string[]): void {
  for (const title of all) {
    const field = get<HTMLInputElement>('.new-todo');
    field.value = title;
    press(field, 'Enter');
  }
}

/** Opens the field of an item. */
async function edit(at: number, title?: string): Promise<HTMLInputElement> {
  inItem(at, 'label').dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));
  const field = inItem(at, '.edit');
  await expect.poll(() => document.activeElement).toBe(field);
  if (title !== undefined) field.value = title;
  return field;
}

const toggle = (at: number) => inItem(at, '.toggle').click();
const toggleAll = () => get('.toggle-all').click();

describe('when the page is opened', () => {
  it('nothing but the field for a todo is shown', () => {
    expect([visible('.new-todo'), items().length, visible('.main'), visible('.footer')]).toEqual([true, 0, false, false]);
    expect(get('.new-todo').hasAttribute('autofocus')).toBe(true);
  });
});

describe('a new todo', () => {
  it('is added and kept, one after the other', () => {
    add(cheese);
    expect([titles(), keptTitles()]).toEqual([[cheese], [cheese]]);
    add(cat);
    expect([titles(), keptTitles()]).toEqual([
      [cheese, cat],
      [cheese, cat],
    ]);
  });

  it('clears the field', () => {
    add(cheese);
    expect(get<HTMLInputElement>('.new-todo').value).toBe('');
  });

  it('comes last', () => {
    add(cheese, cat, doctor);
    expect([titles(), get('span.todo-count').textContent]).toEqual([[cheese, cat, doctor], '3 items left']);
  });

  it('is trimmed, and none when it is blank', () => {
    add(`    ${cheese}    `, '   ');
    expect([titles(), keptTitles()]).toEqual([[cheese], [cheese]]);
  });

  it('shows the list and its footer', () => {
    add(cheese);
    expect([visible('.main'), visible('.footer')]).toEqual([true, true]);
  });
});

describe('mark all as completed', () => {
  beforeEach(() => add(cheese, cat, doctor));

  it('completes all', () => {
    toggleAll();
    expect([completed(), keptCompleted()]).toEqual([[true, true, true], 3]);
  });

  it('clears all', () => {
    toggleAll();
    toggleAll();
    expect([completed(), keptCompleted()]).toEqual([[false, false, false], 0]);
  });

  it('follows the items', () => {
    const all = get<HTMLInputElement>('.toggle-all');
    for (const at of [0, 1, 2]) toggle(at);
    expect(all.checked).toBe(true);
    toggle(0);
    expect(all.checked).toBe(false);
    toggle(0);
    expect([all.checked, keptCompleted()]).toEqual([true, 3]);
  });

  it('is clear after the completed ones are', () => {
    toggleAll();
    get('.clear-completed').click();
    expect(visible('.main')).toBe(false);
    add(cheese);
    expect(get<HTMLInputElement>('.toggle-all').checked).toBe(false);
  });
});

describe('an item', () => {
  it('is marked as complete, and as not complete', () => {
    add(cheese, cat);
    toggle(0);
    expect([completed(), keptCompleted()]).toEqual([[true, false], 1]);
    toggle(1);
    expect([completed(), keptCompleted()]).toEqual([[true, true], 2]);
    toggle(0);
    expect([completed(), keptCompleted()]).toEqual([[false, true], 1]);
  });

  it('is edited', async () => {
    add(cheese, cat, doctor);
    const field = await edit(1);
    expect(field.value).toBe(cat);
    field.value = 'buy some sausages';
    press(field, 'Enter');
    const expected = [cheese, 'buy some sausages', doctor];
    expect([titles(), keptTitles()]).toEqual([expected, expected]);
  });

  it('is removed by its button', () => {
    add(cheese, cat);
    inItem(0, '.destroy').click();
    expect([titles(), keptTitles()]).toEqual([[cat], [cat]]);
  });
});

describe('editing', () => {
  beforeEach(() => add(cheese, cat, doctor));

  it('hides the other controls', async () => {
    const field = await edit(1);
    expect([field, inItem(1, '.toggle'), inItem(1, 'label')].map((each) => each.checkVisibility())).toEqual([true, false, false]);
    expect(keptTitles()).toEqual([cheese, cat, doctor]);
  });

  it('saves when the field loses focus', async () => {
    (await edit(1, 'buy some sausages')).blur();
    const expected = [cheese, 'buy some sausages', doctor];
    expect([titles(), keptTitles()]).toEqual([expected, expected]);
  });

  it('trims', async () => {
    press(await edit(1, '    buy some sausages    '), 'Enter');
    const expected = [cheese, 'buy some sausages', doctor];
    expect([titles(), keptTitles()]).toEqual([expected, expected]);
  });

  it('removes an item without a text', async () => {
    press(await edit(1, ''), 'Enter');
    expect([titles(), keptTitles()]).toEqual([
      [cheese, doctor],
      [cheese, doctor],
    ]);
  });

  it('is cancelled by Escape', async () => {
    press(await edit(1, 'foo'), 'Escape');
    const expected = [cheese, cat, doctor];
    expect([titles(), keptTitles(), (await edit(1)).value]).toEqual([expected, expected, cat]);
  });
});

describe('the counter', () => {
  it('shows how many are left, in a strong element and the right number', () => {
    add(cheese);
    expect([get('.todo-count').textContent, get('.todo-count strong').textContent]).toEqual(['1 item left', '1']);
    add(cat);
    expect(get('.todo-count').textContent).toBe('2 items left');
    toggleAll();
    expect(get('.todo-count').textContent).toBe('0 items left');
  });
});

describe('the button that clears completed items', () => {
  beforeEach(() => add(cheese, cat, doctor));

  it('has its text', () => {
    toggle(0);
    expect(get('.clear-completed').textContent).toContain('Clear completed');
  });

  it('removes them', () => {
    toggle(1);
    get('.clear-completed').click();
    expect([titles(), keptTitles()]).toEqual([
      [cheese, doctor],
      [cheese, doctor],
    ]);
  });

  it('is hidden when there are none', () => {
    expect(visible('.clear-completed')).toBe(false);
    toggle(1);
    expect(visible('.clear-completed')).toBe(true);
    get('.clear-completed').click();
    expect(visible('.clear-completed')).toBe(false);
  });
});

describe('what is kept', () => {
  it('is there when the page is opened again, but for what is being edited', async () => {
    add(cheese, cat);
    toggle(0);
    await edit(1);
    shown.remove();
    open();
    expect([titles(), completed(), shown.all('.editing').length]).toEqual([[cheese, cat], [true, false], 0]);
    expect(kept()).toEqual([
      { id: 1, title: cheese, completed: true },
      { id: 2, title: cat, completed: false },
    ]);
  });
});

describe('the filters', () => {
  beforeEach(() => {
    add(cheese, cat, doctor);
    toggle(1);
  });

  /** Follows the link to a filter. */
  async function choose(name: string): Promise<void> {
    const link = shown.all('.filters a').find(({ textContent }) => textContent === name) as HTMLElement;
    link.click();
    await expect.poll(() => link.className).toBe('selected');
    expect(shown.all('.filters .selected')).toEqual([link]);
  }

  it('show what is active, and what becomes so', async () => {
    await choose('Active');
    expect(titles()).toEqual([cheese, doctor]);
    toggle(0);
    expect(titles()).toEqual([doctor]);
  });

  it('show what is completed, and all', async () => {
    expect(get('.filters .selected').textContent).toBe('All');
    await choose('Completed');
    expect(titles()).toEqual([cat]);
    await choose('All');
    expect(titles()).toEqual([cheese, cat, doctor]);
  });

  it('are entries of the history', async () => {
    for (const name of ['All', 'Active', 'Completed']) await choose(name);
    history.back();
    await expect.poll(titles).toEqual([cheese, doctor]);
    history.back();
    await expect.poll(titles).toEqual([cheese, cat, doctor]);
  });

  it('stay chosen when the page is opened again', async () => {
    await choose('Completed');
    shown.remove();
    open();
    expect([get('.selected').textContent, titles()]).toEqual(['Completed', [cat]]);
  });
});
