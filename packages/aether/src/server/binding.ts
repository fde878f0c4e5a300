import { setAttribute } from '../view/attributes.js';
import { AttributeHole, type Binding } from '../view/binding.js';
import { isIgnored } from './attribute-writer.js';

/** Gives an attribute that is written a value. Handlers and references are for pages. */
export function bindWritten(
  element: Element,
  name: string,
  value: unknown,
  binding: Binding | undefined,
  before: unknown,
): Binding | undefined {
  if (binding?.take(value)) return binding;
  binding?.dispose();
  if (isIgnored(name, value)) return undefined;
  if (typeof value === 'function') return new AttributeHole(element, name, value as () => unknown);
  setAttribute(element, name, value, before);
  return undefined;
}
