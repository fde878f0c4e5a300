/** Names the attributes in which a page differs from what its server wrote. */
import { isMarkup } from '../view/attributes.js';
import { bind } from '../view/binding.js';
import type { Host } from '../view/host.js';
import { hydration } from '../view/hydration.js';

/** The properties that a page sets instead of attributes, by the property that tells what the attribute says. */
const initial: Readonly<Record<string, string>> = { value: 'defaultValue', checked: 'defaultChecked', muted: 'defaultMuted' };

/** Binds an attribute of an element that is taken over, and names it in the console when it was something else. For development. */
export const bindAndCompare: Host['bind'] = (element, name, value, binding, before) => {
  if (hydration.cursor === undefined) return bind(element, name, value, binding, before);
  const found = content(element, name);
  // Somebody may have typed already: that is no difference.
  const written = initialContent(element, name) ?? found;
  const bound = bind(element, name, value, binding, before);
  const now = content(element, name);
  if (now !== found && now !== written) reportAttribute(element, name, now, written);
  return bound;
};

/** Tells in the console that an attribute differs. `undefined`: it is not there. */
export function reportAttribute(element: Element, name: string, expected: string | undefined, found: string | undefined): void {
  console.error(`hydrate: ${said(name, expected)} was expected in ${path(element)}, found ${said(name, found)}`);
}

const said = (name: string, text: string | undefined): string =>
  text === undefined ? `no attribute ${name}` : `attribute ${name}="${text}"`;

function content(element: Element, name: string): string | undefined {
  if (initialOf(element, name) !== undefined) return property(element, name);
  // As the browser reads it: properties have many spellings.
  if (name === 'style') return (element as HTMLElement).style.cssText || undefined;
  if (isMarkup.test(name) && name.toLowerCase() !== 'srcdoc') return element.innerHTML;
  return element.getAttribute(name) ?? undefined;
}

// The text of a textarea is its content.
const initialOf = (element: Element, name: string): string | undefined =>
  Object.hasOwn(initial, name) && (initial[name] as string) in element && element.localName !== 'textarea'
    ? initial[name]
    : undefined;

function initialContent(element: Element, name: string): string | undefined {
  const initially = initialOf(element, name);
  return initially === undefined ? undefined : property(element, initially);
}

function property(element: Element, name: string): string | undefined {
  const value = (element as unknown as Record<string, unknown>)[name];
  return value === undefined ? undefined : String(value);
}

/** The place of a node, for a message. */
export function path(node: Node): string {
  return node instanceof Element ? `<${node.localName}${node.id === '' ? '' : ` id="${node.id}"`}>` : 'the page';
}
