/** Attributes by name, for code without the compiler. */
import { dev } from '#dev';
import { addressText, isScript } from './addresses.js';
import { following } from './attribute-hole.js';
import { writeAttribute } from './attributes.js';
import type { Binder } from './binding.js';
import { classAttribute } from './classes.js';
import { listenBy } from './events.js';
import { isField, isLimit, setFieldValue, setLimit } from './fields.js';
import { isHandler } from './listener.js';
import { isMarkup, setMarkup } from './markup.js';
import { checkName } from './names.js';
import { refer } from './reference.js';
import { isState, setProperty, setState } from './states.js';
import { setStyle } from './styles.js';

/** Names of the properties of custom elements that have received objects. */
const taken = new WeakMap<Element, readonly string[]>();

/** Elements whose value is an attribute: the property would convert it to a number, or `undefined` to a string. */
const hasAttribute = /^(?:button|data|li|meter|option|param|progress)$/;

/** Sets an attribute with its JSX name. `before` is its previous value. */
function setNamed(element: Element, name: string, value: unknown, before: unknown): void {
  if (name === 'style') setStyle(element, name, value, before);
  else if (name.startsWith('prop:')) {
    const own = name.slice(5);
    if (isMarkup.test(own)) setMarkup(element, own, value, before);
    else if (!isScript(own, value)) setProperty(element, own, value);
  } else if (isMarkup.test(name)) setMarkup(element, name, value, before);
  else if (takesProperty(element, name, value)) {
    // The element may open it. Objects that are not addresses may have no string form.
    const isText = typeof value !== 'object' || value instanceof URL;
    setProperty(element, name, isText && isScript(name, value) ? undefined : value);
  } else if (isState.test(name) && !(name === 'value' && hasAttribute.test(element.localName)))
    (name === 'value' && isField.test(element.localName) ? setFieldValue : setState)(element, name, value, before);
  else if (isLimit.test(name)) setLimit(element, name, value);
  else {
    checkName('attribute', name);
    const text = attributeText(name, value);
    if (text !== undefined && /^x(link:|mlns(:|$))/.test(name))
      element.setAttributeNS(`http://www.w3.org/${name[1] === 'l' ? '1999/xlink' : '2000/xmlns/'}`, name, text);
    else writeAttribute(element, name, text);
  }
}

/** Whether a value is a property of a custom element: an object, and every later value. */
function takesProperty(element: Element, name: string, value: unknown): boolean {
  const names = taken.get(element);
  if (names?.includes(name)) return true;
  if (!isForProperty(element.localName, name, value)) return false;
  // It may have been a string before.
  element.removeAttribute(name);
  taken.set(element, [...(names ?? []), name]);
  return true;
}

/** Whether a value is an object for a custom element. */
export const isForProperty = (tag: string, name: string, value: unknown): boolean =>
  typeof value === 'object' && value !== null && name !== 'class' && name !== 'style' && tag.includes('-');

/** The text that an attribute is written with; `undefined` when it is left out. */
export function attributeText(name: string, value: unknown): string | undefined {
  if (name === 'class') return classAttribute(value);
  if (typeof value !== 'boolean' && value !== undefined && value !== null && name.toLowerCase().startsWith('on')) {
    if (dev) dev.attributeDropped(name, 'must be a function, not a string');
    return undefined;
  }
  return addressText(name, value);
}

const bindNamed = /* @__PURE__ */ following(setNamed);

/** Sets an attribute of any name: an event, a reference, a property, a string. */
export const named: Binder = (element, name, value, before) => {
  if (name === 'ref') return refer(element, name, value, before);
  const isEvent = name.startsWith('on') && name.length > 2;
  // Custom elements may have properties of such names.
  if (isEvent && (!value || isHandler(value) || !element.localName.includes('-'))) return listenBy(element, name, value, before);
  return bindNamed(element, name, value, before);
};
