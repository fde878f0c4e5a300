import fc from 'fast-check';
import { expect, it } from 'vitest';
import { For, Index, signal } from '../../src/index.js';
import { show } from './page.js';

const lists = fc.array(fc.uniqueArray(fc.nat(9), { maxLength: 8 }), { minLength: 1, maxLength: 8 });

/** What a list shows, written without a library. */
const html = (items: readonly unknown[]) => items.map((item) => `<li>${item}</li>`).join('');

it('a list shows what innerHTML would, and rows of items that stay are the same elements', () => {
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

it('a list whose items repeat shows each as often as it is there', () => {
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

it('children with keys move as their keys do, with a count of elements that never grows', () => {
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

it('a list by position keeps its rows and shows the items', () => {
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
