/** Exports of the package that set attributes, by name and element. */
import { isHere } from './evaluation.js';

/** Elements whose value is an ordinary attribute. */
const hasValueAttribute = new Set(['button', 'data', 'li', 'meter', 'option', 'progress']);

/** Elements whose value depends on more than the assigned one. */
const fields = new Set(['input', 'select']);

/** Names of the exports that set attributes. */
export type BinderName =
  | 'address'
  | 'classes'
  | 'fieldValue'
  | 'limit'
  | 'listen'
  | 'markup'
  | 'named'
  | 'refer'
  | 'state'
  | 'styles'
  | 'text';

/** Returns what sets an attribute of an element. `named` does for all of them. */
export function binderOf(tag: string, name: string): BinderName {
  if (name === 'ref') return 'refer';
  // Custom elements may have any property.
  if (tag.includes('-')) return 'named';
  if (isHere(name)) return 'listen';
  if (/^on|^xmlns$|:/i.test(name)) return 'named';
  if (name === 'class') return 'classes';
  if (name === 'style') return 'styles';
  if (/^(?:(?:inner|outer)html|srcdoc)$/i.test(name)) return 'markup';
  if (name === 'value' && fields.has(tag)) return 'fieldValue';
  if (/^(?:value|checked|selected|muted|indeterminate)$/.test(name))
    return name === 'value' && hasValueAttribute.has(tag) ? 'text' : 'state';
  if (fields.has(tag) && /^(?:type|min|max|step|multiple|size)$/.test(name)) return 'limit';
  return /^(?:href|src|(?:form)?action|data|poster|ping|background|to|from|by|values)$/i.test(name) ? 'address' : 'text';
}

/** `on:custom`, or `onClick` with an optional suffix `Capture`; `onGotPointerCapture` is an event. */
const event = /^on(?::(.+)|((?:Got|Lost)PointerCapture|.+?)(Capture)?)$/;

/** Returns the arguments that make what listens to the events that an attribute names. */
export function eventOf(name: string): string {
  const [, custom, known = '', capture] = event.exec(name) as (string | undefined)[];
  return `${JSON.stringify(custom ?? known.toLowerCase())}${capture === undefined ? '' : ', true'}`;
}
