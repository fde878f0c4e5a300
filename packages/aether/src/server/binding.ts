import { isForProperty, isMarkup, setMarkup, writeAttribute } from '../view/attributes.js';
import { AttributeHole, type Binding } from '../view/binding.js';
import { attributeOf, isIgnored } from './attribute-writer.js';

/** Gives an attribute that is written a value. Handlers and references are for pages. */
export function bindWritten(
  element: Element,
  name: string,
  value: unknown,
  binding: Binding | undefined,
  before: unknown,
): Binding | undefined {
  if (binding?.patch(value)) return binding;
  binding?.dispose();
  if (isIgnored(name, value)) return undefined;
  if (typeof value === 'function') return new WrittenAttribute(element, name, value as () => unknown);
  setWritten(element, name, value, before);
  return undefined;
}

/** An attribute whose value is a function. */
export class WrittenAttribute extends AttributeHole {
  protected override write(value: unknown, before: unknown): void {
    setWritten(this.element, this.attribute, value, before);
  }
}

function setWritten(element: Element, name: string, value: unknown, before: unknown): void {
  if (isMarkup.test(name)) setMarkup(element, name, value, before);
  // Custom elements take objects as properties, in a page.
  else writeAttribute(element, name, isForProperty(element.localName, name, value) ? undefined : attributeOf(name, value));
}
