/** Attributes of hydrated elements: the user may have typed, chosen or closed something before. */
import { activeScope } from '../reactive/owner.js';
import { following } from '../view/attribute-hole.js';
import { bind } from '../view/binding.js';
import { TrustedHtml } from '../view/description.js';
import type { Host } from '../view/host.js';
import { hydration } from '../view/hydration.js';
import { isMarkup } from '../view/markup.js';
import { isState } from '../view/states.js';

/** Types of inputs without typed text. */
const untyped = /^(?:checkbox|radio|hidden|submit|reset|button|image|file)$/;

/** Attributes that determine the value of an input, by its type. */
const sanitizing = /^(?:min|max|step|multiple|value)$/;

/** Returns an attribute as the server has written it. Browsers hide a nonce that a policy names. */
export const writtenAttribute = (element: Element, name: string): string | null =>
  name === 'nonce' ? (element as HTMLElement).nonce || null : element.getAttribute(name);

/** Returns whether an attribute of a hydrated element stays as it is, whatever value the page sets. */
export function stays(element: Element, name: string, value: unknown): boolean {
  if (name === 'nonce') return (element as HTMLElement).nonce === value;
  // The browser reveals results of a search in the page.
  if (name === 'hidden') return value === 'until-found' && !element.hasAttribute(name);
  return isPersonal(element, name);
}

/** Whether the state of an attribute differs, or may differ, from the HTML of the server. */
function isPersonal(element: Element, name: string): boolean {
  if (name === 'open') return element.localName === 'details' || element.localName === 'dialog';
  if (name === 'checked') return element instanceof HTMLInputElement && element.checked !== element.defaultChecked;
  if (name === 'selected') return element instanceof HTMLOptionElement && isChosen(element.closest('select'));
  if (name !== 'value') return false;
  if (element instanceof HTMLSelectElement) return isChosen(element);
  // Its value contains only line feeds.
  if (element instanceof HTMLTextAreaElement) return element.value !== element.defaultValue.replace(/\r\n?/g, '\n');
  if (!(element instanceof HTMLInputElement) || untyped.test(element.type)) return false;
  return element.value !== element.defaultValue && element.value !== untouchedValue(element);
}

/** Returns the initial value of a server-rendered input. Browsers correct values that are invalid for its type. */
function untouchedValue({ attributes, type }: HTMLInputElement): string {
  const untouched = document.createElement('input');
  for (const { name, value } of attributes) if (sanitizing.test(name)) untouched.setAttribute(name, value);
  untouched.type = type;
  return untouched.value;
}

/** Whether a choice differs from the marked options, or from the first one without a mark. */
function isChosen(select: HTMLSelectElement | null): boolean {
  const options = [...(select?.options ?? [])];
  const marked = options.some(({ defaultSelected }) => defaultSelected);
  return marked ? options.some((each) => each.selected !== each.defaultSelected) : (select?.selectedIndex ?? 0) > 0;
}

/** Notifies the handlers of an element, once attached, of earlier changes by the user. */
function tell(element: Element, name: string, value: unknown): void {
  const now: unknown = (element as unknown as Record<string, unknown>)[name];
  if (name === 'nonce' || now === (typeof now === 'boolean' ? Boolean(value) : String(value ?? ''))) return;
  // Of radio buttons in a group, the selected one reports.
  if (now === false && element instanceof HTMLInputElement && element.type === 'radio') return;
  const target = name === 'selected' ? (element.closest('select') ?? element) : element;
  queueMicrotask(() => {
    if (target.isConnected)
      for (const type of eventsOf(target, name)) target.dispatchEvent(new Event(type, { bubbles: name !== 'open' }));
  });
}

/** Types of the events that browsers dispatch for a change. */
function eventsOf(element: Element, name: string): readonly string[] {
  if (name === 'hidden') return ['beforematch'];
  if (name !== 'open') return ['input', 'change'];
  return element.localName === 'dialog' && !element.hasAttribute('open') ? ['toggle', 'close'] : ['toggle'];
}

/** Keeps an attribute that the user controls. Returns whether it does. */
function left(element: Element, name: string, value: unknown): boolean {
  if (hydration.cursor === undefined || !stays(element, name, value)) return false;
  tell(element, name, value);
  return true;
}

/** Whether the value of the page equals the HTML of the server. Written again, frames would reload, media restart, and markup be replaced. */
function isWritten(element: Element, name: string, value: unknown): boolean {
  const { cursor } = hydration;
  if (cursor === undefined || isState.test(name)) return false;
  if (!(value instanceof TrustedHtml)) return typeof value === 'string' && value === element.getAttribute(name);
  const { html } = value;
  if (!isMarkup.test(name) || /^srcdoc$/i.test(name)) return String(html) === element.getAttribute(name);
  cursor.keep(element);
  // In a separate document, which loads nothing.
  const made = document.implementation.createHTMLDocument().createElementNS(element.namespaceURI, element.localName);
  made.innerHTML = html;
  return made.innerHTML === element.innerHTML;
}

/** Sets an attribute, like `bind`. During hydration, changes by the user stay. */
export const take: Host['bind'] = (element, name, by, value, binding, before) => {
  if (hydration.cursor === undefined || binding !== undefined) return bind(element, name, by, value, binding, before);
  if (name.startsWith('on')) {
    const made = by(element, name, value, before);
    // Hydration may be abandoned and repeated when code for a part has loaded: the element stays.
    if (made !== undefined) activeScope()?.defer(() => made.dispose());
    return made;
  }
  if (name === 'ref') return by(element, name, value, before);
  // The first value of a function may also come too late.
  const keeping = following((of, its, now, last) => {
    if (!left(of, its, now) && !isWritten(of, its, now)) by(of, its, now, last);
  });
  return keeping(element, name, value, before);
};
