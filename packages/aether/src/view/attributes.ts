import { dev } from '#dev';
import { TrustedHtml } from './description.js';
import { type Field, isField, isLimit, setValue, untouchedValue } from './fields.js';

/** A value of the `class` attribute: a text, a list of values, or names by whether they apply. */
export type ClassValue = string | number | false | null | undefined | readonly ClassValue[] | Readonly<Record<string, unknown>>;

/** A value of the `style` attribute: a text, or properties as CSS spells them. */
export type StyleValue = string | null | undefined | Readonly<Record<string, string | number | null | undefined | false>>;

/** Attributes that only set the initial state: their properties are set instead. */
const isProperty = /^(?:value|checked|selected|muted|indeterminate)$/;

/** Names of the properties that custom elements were given objects for. */
const taken = new WeakMap<Element, readonly string[]>();

/** Elements whose value is their attribute: the property would make a number of it, or a text of nothing. */
const hasAttribute = /^(?:button|data|li|meter|option|param|progress)$/;

/** Attributes that hold addresses, which a page may open, and of animations, which may set them. */
export const isAddress = /^(?:(?:xlink:)?href|src|(?:form)?action|data|poster|ping|background|to|from|by|values)$/i;

/** Attributes that hold a list of values. */
export const isValues = /^values$/i;

/** Attributes that hold HTML: they take only what was marked as trusted. */
export const isMarkup = /^(?:innerhtml|outerhtml|srcdoc)$/i;

/** Sets an attribute, as JSX gives it, to a value. `before` is the value it was set to last. */
export function setAttribute(element: Element, name: string, value: unknown, before: unknown): void {
  if (name === 'style' && typeof value === 'object') setStyle(element, value as StyleValue, before);
  else if (name.startsWith('prop:')) {
    const own = name.slice(5);
    if (isMarkup.test(own)) setMarkup(element, own, value, before);
    else if (!isScript(own, value)) setProperty(element, own, value);
  } else if (isMarkup.test(name)) setMarkup(element, name, value, before);
  else if (takesProperty(element, name, value)) {
    // The element may open it. Objects that are no addresses need not have a text.
    const isText = !isObject(value) || value instanceof URL;
    setProperty(element, name, isText && isScript(name, value) ? undefined : value);
  } else if (isProperty.test(name) && name in element && !(name === 'value' && hasAttribute.test(element.localName))) {
    if (name !== 'value' || !isField.test(element.localName))
      setProperty(element, name, value ?? (name === 'value' ? '' : false));
    // A select that never had a value shows the option that is chosen without one.
    else if (element.localName === 'input' || (value ?? before ?? undefined) !== undefined)
      setValue(element as Field, String(value ?? ''));
    if (dev) dev.propertySet(element, name);
  } else {
    const given = isLimit.test(name) ? untouchedValue(element) : undefined;
    writeAttribute(element, name, attributeText(name, value));
    if (given !== undefined) setValue(element as Field, given);
  }
}

/** Whether a value is a property of a custom element: an object, and whatever comes after one. */
function takesProperty(element: Element, name: string, value: unknown): boolean {
  const names = taken.get(element);
  if (names?.includes(name)) return true;
  if (!isForProperty(element.localName, name, value)) return false;
  // It may have been a text before.
  element.removeAttribute(name);
  taken.set(element, [...(names ?? []), name]);
  return true;
}

/** Whether a value is an object for a custom element. */
export const isForProperty = (tag: string, name: string, value: unknown): boolean =>
  isObject(value) && name !== 'class' && name !== 'style' && tag.includes('-');

function setProperty(element: Element, name: string, value: unknown): void {
  const target = element as unknown as Record<string, unknown>;
  // Writing a text that is there already would move the cursor of an input.
  if (target[name] !== value) target[name] = value;
}

/** Sets the markup of an element, if it is trusted. */
export function setMarkup(element: Element, name: string, value: unknown, before: unknown): void {
  const html = value instanceof TrustedHtml ? value.html : undefined;
  if (dev && html === undefined && isSet(value)) dev.attributeDropped(name, 'is not trusted()');
  if (name.toLowerCase() === 'srcdoc') writeAttribute(element, name, html);
  // Children are not touched by what was dropped.
  else if (html !== undefined || before instanceof TrustedHtml) element.innerHTML = html ?? '';
}

/** Writes an attribute, or takes it away. */
export function writeAttribute(element: Element, name: string, text: string | undefined): void {
  if (text === undefined) element.removeAttribute(name);
  else if (name === 'xlink:href') element.setAttributeNS('http://www.w3.org/1999/xlink', name, text);
  else element.setAttribute(name, text);
}

/** The text that an attribute is written with; `undefined` when it is left out. */
export function attributeText(name: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'boolean') {
    // These have three states, true, false and not set, and values are texts.
    if (/^(?:aria-|data-)|^(?:draggable|contenteditable|spellcheck|value)$/.test(name)) return String(value);
    return value ? '' : undefined;
  }
  if (name === 'class') return classText(value as ClassValue) || undefined;
  if (name.toLowerCase().startsWith('on')) {
    if (dev) dev.attributeDropped(name, 'takes a function, not a text');
    return undefined;
  }
  const text = String(value);
  return isScript(name, text) ? undefined : text;
}

/** Whether the value of an attribute would run a script. Browsers ignore spaces before it and line breaks within it. */
function isScript(name: string, value: unknown): boolean {
  if (!isAddress.test(name)) return false;
  const text = String(value).replace(/[\t\n\r]/g, '');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: browsers skip these characters
  const runs = (isValues.test(name) ? /(?:^|;)[\u0000-\u0020]*javascript:/i : /^[\u0000-\u0020]*javascript:/i).test(text);
  if (dev && runs) dev.attributeDropped(name, 'is a javascript: address');
  return runs;
}

/** The text of a `class` value. */
export function classText(value: ClassValue): string {
  if (value === null || value === undefined || value === false) return '';
  if (typeof value !== 'object') return String(value);
  const names = Array.isArray(value)
    ? value.map(classText)
    : Object.entries(value as Readonly<Record<string, unknown>>).map(([name, applies]) => (applies ? name : ''));
  return names.filter(Boolean).join(' ');
}

type Style = Record<string, string | number | null | undefined | false>;

function setStyle(element: Element, value: StyleValue, before: unknown): void {
  const { style } = element as HTMLElement;
  const next = (value ?? {}) as Style;
  if (!isObject(before)) style.cssText = '';
  else for (const name of Object.keys(before)) if (!isSet(next[name])) style.removeProperty(hyphenated(name));
  for (const [name, each] of Object.entries(next)) {
    if (isSet(each) && (before as Style | undefined)?.[name] !== each) style.setProperty(hyphenated(name), String(each));
  }
}

export const isSet = (value: unknown): boolean => value !== undefined && value !== null && value !== false;
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
export const hyphenated = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
