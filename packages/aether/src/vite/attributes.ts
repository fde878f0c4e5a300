/** Attributes and texts in HTML: the attributes that can be written into a template, and their text. */

/** Attributes that only set an initial state, so that their properties are set instead. */
const state = new Set(['checked', 'selected', 'muted', 'indeterminate', 'innerHTML', 'innerhtml', 'srcdoc']);

/** Elements whose value is a property. */
const valued = new Set(['input', 'select', 'textarea', 'progress', 'meter', 'option']);

/** Returns whether an attribute means the same in HTML as when a view sets it. */
export function isStatic(tag: string, name: string, value: string): boolean {
  if (/[A-Z:]/.test(name) || name.startsWith('on') || name === 'ref' || state.has(name)) return false;
  if (name === 'value' && valued.has(tag)) return false;
  // The setter of addresses decides which of those run a script.
  const mayRun = /javascript:/i.test(value.replace(/[\t\n\r]/g, ''));
  return !mayRun && !/[\0\r\n]/.test(value) && !(name === 'class' && value === '');
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Returns a text as HTML has it, within an element or in quotes. */
export const escaped = (text: string): string => text.replace(/[&<>"]/g, (char) => entities[char] as string);
