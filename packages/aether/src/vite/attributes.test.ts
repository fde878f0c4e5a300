import { expect, it } from 'vitest';
import { escaped, isStatic } from './attributes.js';

it('writes attributes into a template that mean the same there', () => {
  expect(isStatic('a', 'href', '/shop')).toBe(true);
  expect(isStatic('li', 'value', '3')).toBe(true);
  expect(isStatic('p', 'class', 'wide')).toBe(true);
});

it.each([
  ['input', 'checked', ''],
  ['input', 'value', 'a'],
  ['button', 'onclick', 'run()'],
  ['div', 'ref', 'a'],
  ['svg', 'viewBox', '0 0 1 1'],
  ['use', 'xlink:href', '#a'],
  ['iframe', 'srcdoc', '<p>'],
  ['a', 'href', 'java\tscript:alert(1)'],
  ['a', 'title', 'two\nlines'],
  ['p', 'class', ''],
])('leaves <%s %s=%j> to the view', (tag, name, value) => {
  expect(isStatic(tag, name, value)).toBe(false);
});

it('escapes what would end a text or a quoted value', () => {
  expect(escaped('<a href="x">R&D</a>')).toBe('&lt;a href=&quot;x&quot;&gt;R&amp;D&lt;/a&gt;');
});
