/** Attributes as strings. Attributes with special rules are in other files: addresses, classes, styles, states and fields, markup. */
import { following } from './attribute-hole.js';

/** Attributes with three states, true, false and not set, and string values. */
const threeStates = /^(?:aria-|data-)|^(?:draggable|contenteditable|spellcheck|value)$/;

/** Returns the written text of an attribute without special rules; `undefined` if it is left out. */
export function plainText(name: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'boolean' && !threeStates.test(name)) return value ? '' : undefined;
  return String(value);
}

/** Writes or removes an attribute. */
export function writeAttribute(element: Element, name: string, text: string | undefined): void {
  if (text === undefined) element.removeAttribute(name);
  else element.setAttribute(name, text);
}

export const setText = (element: Element, name: string, value: unknown): void =>
  writeAttribute(element, name, plainText(name, value));

/** Sets an attribute to a string. */
export const text = /* @__PURE__ */ following(setText);
