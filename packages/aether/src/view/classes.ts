import { following } from './attribute-hole.js';
import { writeAttribute } from './attributes.js';

/** A value of the `class` attribute: a string, a list of values, or a record of names to booleans. */
export type ClassValue = string | number | false | null | undefined | readonly ClassValue[] | Readonly<Record<string, unknown>>;

/** Returns the text of a `class` value. */
export function classText(value: ClassValue): string {
  if (value === null || value === undefined || value === false) return '';
  if (typeof value !== 'object') return String(value);
  const names = Array.isArray(value)
    ? value.map(classText)
    : Object.entries(value as Readonly<Record<string, unknown>>).map(([name, applies]) => (applies ? name : ''));
  return names.filter(Boolean).join(' ');
}

/** Returns the written text of `class`; `undefined` if it is left out. */
export const classAttribute = (value: unknown): string | undefined =>
  value === true ? '' : classText(value as ClassValue) || undefined;

/** Sets the classes of an element. */
export const classes = /* @__PURE__ */ following((element, name, value) => writeAttribute(element, name, classAttribute(value)));
