import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { For, Index, render, signal, type View } from '../../src/index.js';
import { show } from './page.js';

const lists = fc.array(fc.uniqueArray(fc.nat(9), { maxLength: 8 }), { minLength: 1, maxLength: 8 });

/** What a list shows, written without a library. */
const html = (items: readonly unknown[]) => items.map((item) => `<li>${item}</li>`).join('');

it('a list renders the same as innerHTML, and keeps the elements of remaining items', () => {
  fc.assert(
    fc.property(lists, fc.boolean(), (steps, alone) => {
      const items = signal<readonly number[]>([]);
      const rows = <For each={items}>{(item) => <li>{item}</li>}</For>;
      const view = show(
        alone ? (
          <ul>{rows}</ul>
        ) : (
          <ul>
            <b />
            {rows}
            <i />
          </ul>
        ),
      );
      const around = (inner: string) => `<ul>${alone ? inner : `<b></b>${inner}<i></i>`}</ul>`;
      for (const step of steps) {
        const before = new Map(view.all('li').map((element) => [element.textContent, element]));
        items.set(step);
        expect(view.html()).toBe(around(html(step)));
        for (const element of view.all('li')) expect(before.get(element.textContent) ?? element).toBe(element);
      }
      view.remove();
    }),
  );
});

it('a list with repeated items shows each as often as it occurs', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.constantFrom(1, 2, Number.NaN, '1'), { maxLength: 6 }), { maxLength: 6 }), (steps) => {
      const items = signal<readonly unknown[]>([]);
      const view = show(
        <ul>
          <For each={items}>{(item) => <li>{item as number}</li>}</For>
        </ul>,
      );
      for (const step of steps) {
        items.set(step);
        expect(view.html()).toBe(`<ul>${html(step)}</ul>`);
      }
      view.remove();
    }),
  );
});

it('children with keys move with their keys, and the number of elements never grows', () => {
  fc.assert(
    fc.property(lists, (steps) => {
      const items = signal<readonly number[]>([]);
      const view = show(
        <ul>
          {() =>
            items().map((item) => (
              <li key={item}>
                <input />
                {item}
              </li>
            ))
          }
        </ul>,
      );
      for (const step of steps) {
        const before = new Map(view.all('li').map((element) => [element.textContent, element]));
        items.set(step);
        expect(view.all('li').map((element) => element.textContent)).toEqual(step.map(String));
        for (const element of view.all('li')) expect(before.get(element.textContent) ?? element).toBe(element);
      }
      view.remove();
    }),
  );
});

it('a list by position keeps its rows and updates their items', () => {
  fc.assert(
    fc.property(lists, (steps) => {
      const items = signal<readonly number[]>([]);
      const view = show(
        <ul>
          <Index each={items}>{(item, index) => <li title={String(index)}>{item}</li>}</Index>
        </ul>,
      );
      for (const step of steps) {
        const before = view.all('li');
        items.set(step);
        const after = view.all('li');
        expect(after.map((element) => element.textContent)).toEqual(step.map(String));
        expect(after.slice(0, before.length)).toEqual(before.slice(0, after.length));
      }
      view.remove();
    }),
  );
});

describe('the row with the focus', () => {
  const items = signal<readonly number[]>([]);
  const lists: Record<string, () => View> = {
    'of For': () => (
      <For each={items}>
        {(item) => (
          <li>
            <input id={`i${item}`} />
          </li>
        )}
      </For>
    ),
    'of several nodes': () => (
      <For each={items} by={(item) => item}>
        {(item) => (
          <>
            <b>{item}</b>
            <input id={`i${item}`} />
          </>
        )}
      </For>
    ),
    'of children with keys': () => () =>
      items().map((item) => (
        <li key={item}>
          <input id={`i${item}`} />
        </li>
      )),
  };
  const ids = (all: readonly Element[]) => all.map(({ id }) => id);

  it.each(Object.keys(lists))('keeps the focus without losing it in between, wherever it moves: %s', (name) => {
    const orders = fc.shuffledSubarray([1, 2, 3, 4, 5, 6], { minLength: 6 });
    const extra = fc.subarray([7, 8, 9]);
    const order = fc.tuple(orders, extra, extra).map(([all, before, after]) => [...new Set([...before, ...all, ...after])]);
    fc.assert(
      fc.property(
        order,
        fc.array(order, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 6 }),
        (start, steps, focused) => {
          items.set(start);
          const view = show(<ul>{(lists[name] as () => View)()}</ul>);
          const input = view.get(`#i${focused}`);
          input.focus();
          let left = 0;
          input.addEventListener('blur', () => left++);
          for (const step of steps) {
            items.set(step);
            expect(ids(view.all('input'))).toEqual(step.map((item) => `i${item}`));
            expect([document.activeElement, left]).toEqual([input, 0]);
          }
          view.remove();
        },
      ),
    );
  });

  it('keeps the focus in a shadow root', () => {
    items.set([1, 2, 3, 4]);
    const host = document.createElement('div');
    document.body.append(host);
    const root = host.attachShadow({ mode: 'open' });
    const place = root.appendChild(document.createElement('ul'));
    const remove = render((lists['of For'] as () => View)(), place);
    const input = root.querySelector<HTMLElement>('#i2');
    input?.focus();
    items.set([2, 1, 3, 4]);
    expect(root.activeElement).toBe(input);
    items.set([4, 3, 1, 2]);
    expect(root.activeElement).toBe(input);
    remove();
    host.remove();
  });
});
