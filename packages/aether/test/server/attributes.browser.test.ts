/** Attributes by kind of element, value and way of rendering: a page, a server, and a page that takes over. */
import { describe, expect, it, vi } from 'vitest';
import { render, signal } from '../../src/index.js';
import { jsx } from '../../src/jsx-runtime.js';
import { hydrate, renderToString } from '../../src/ssr.js';
import '../view/page.js';

const elements = [
  ...[
    'a',
    'button',
    'input',
    'option',
    'li',
    'progress',
    'meter',
    'data',
    'label',
    'img',
    'td',
    'video',
    'details',
    'textarea',
    'select',
  ],
  ...['svg', 'x-own'],
];
const attributes = [
  'title',
  'value',
  'hidden',
  'aria-hidden',
  'data-n',
  'tabindex',
  'class',
  'style',
  'draggable',
  'disabled',
  'id',
  'for',
];
const values: [name: string, value: unknown][] = [
  ['undefined', undefined],
  ['null', null],
  ['true', true],
  ['false', false],
  ['an empty text', ''],
  ['a text', '7'],
  ['markup', '"><b>&amp;\''],
  ['a number', 5],
  ['zero', 0],
  ['a bigint', 5n],
  ['NaN', Number.NaN],
  ['a list', ['a', { b: true, c: false }]],
  ['a record', { color: 'red', b: false }],
];

/** State of an element that a page or a form sees. */
function stateOf(element: Element) {
  const written = [...element.attributes].flatMap(({ name, value }) => {
    if (name === 'style') return [];
    // A page sets it as a property, which only a server writes.
    return name === 'value' && /^(?:input|textarea|select)$/.test(element.localName) ? [] : [`${name}=${value}`];
  });
  const { value } = element as { value?: unknown };
  return [...written.sort(), `the style ${(element as HTMLElement).style.cssText}`, `the value ${String(value)}`];
}

/** Somewhere the element may be. */
const around: Record<string, string> = { option: 'select', td: 'tr', li: 'ul' };
const placed = (tag: string, name: string, value: unknown) => {
  const element = jsx(tag, { [name]: value });
  const outer = around[tag];
  return jsx('section', { children: outer === undefined ? element : inTable(outer, element) });
};
const inTable = (outer: string, element: unknown): unknown =>
  outer === 'tr'
    ? jsx('table', { children: jsx('tbody', { children: jsx('tr', { children: element as never }) }) })
    : jsx(outer, { children: element as never });

/** What the element is like when it is made in a page, written by a server, taken over, and when the value comes later. */
async function ways(tag: string, name: string, value: unknown): Promise<unknown[]> {
  const place = () => document.body.appendChild(document.createElement('div'));
  const [made, written, later] = [place(), place(), place()];
  const find = (container: Element) => container.querySelector(tag) as Element;
  const view = (given: unknown) => () => placed(tag, name, given) as never;
  const ends = [render(view(value), made)];
  written.innerHTML = await renderToString(view(value));
  const states = [stateOf(find(made)), stateOf(find(written))];
  ends.push(hydrate(view(value), written));
  states.push(stateOf(find(written)));
  const followed = signal<unknown>(name === 'style' ? 'width: 1px' : 'before');
  ends.push(render(view(followed), later));
  followed.set(value);
  states.push(stateOf(find(later)));
  for (const end of ends) end();
  for (const element of [made, written, later]) element.remove();
  return states;
}

describe.each(elements)('<%s>', (tag) => {
  it.each(attributes)('%s is the same in a page, from a server, hydrated, and after a change', async (name) => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    for (const [kind, value] of values) {
      // Lists are values of classes; objects of custom elements are properties, which servers do not write.
      if (Array.isArray(value) && name !== 'class') continue;
      if (typeof value === 'object' && value !== null && name !== 'class' && name !== 'style') continue;
      const states = await ways(tag, name, value);
      expect(states, kind).toEqual(states.map(() => states[0]));
    }
    expect(warn.mock.calls).toEqual([]);
  });
});

it.each<[tag: string, property: string, value: unknown, expected: unknown]>([
  // A progress without a value is one of which nobody knows the end.
  ['progress', 'position', undefined, -1],
  ['progress', 'position', 0.5, 0.5],
  ['option', 'value', undefined, 'text'],
  ['option', 'value', '', ''],
  ['option', 'value', false, 'false'],
  ['li', 'value', 7, 7],
  ['input', 'value', true, 'true'],
  ['input', 'value', null, ''],
])('<%s>: %s with the value %j is %j', (tag, property, value, expected) => {
  const container = document.createElement('div');
  const end = render(() => jsx(tag, { value, ...(tag === 'option' && { children: 'text' }) }), container);
  expect((container.firstElementChild as unknown as Record<string, unknown>)[property]).toBe(expected);
  end();
});
