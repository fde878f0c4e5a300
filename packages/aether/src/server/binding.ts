import { AttributeHole } from '../view/attribute-hole.js';
import { writeAttribute } from '../view/attributes.js';
import type { Host } from '../view/host.js';
import { isMarkup, setMarkup } from '../view/markup.js';
import { isForProperty } from '../view/named.js';
import { attributeOf, isIgnored } from './attribute-writer.js';

/** Gives an attribute that is written a value. Handlers and references are for pages. */
export const bindWritten: Host['bind'] = (element, name, _by, value, binding, before) => {
  if (binding?.patch(value)) return binding;
  binding?.dispose();
  if (isIgnored(name, value)) return undefined;
  if (typeof value === 'function') return new AttributeHole(element, name, value as () => unknown, setWritten);
  setWritten(element, name, value, before);
  return undefined;
};

/** Sets an attribute that is written. */
export function setWritten(element: Element, name: string, value: unknown, before: unknown): void {
  if (isMarkup.test(name)) setMarkup(element, name, value, before);
  // In a page, custom elements receive objects as properties.
  else writeAttribute(element, name, isForProperty(element.localName, name, value) ? undefined : attributeOf(name, value));
}
