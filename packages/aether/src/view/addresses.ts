/** Attributes with addresses, which must not run scripts. */
import { dev } from '#dev';
import { following } from './attribute-hole.js';
import { plainText, writeAttribute } from './attributes.js';

/** Names of attributes with addresses that a page may open, and of animations, which may set them. */
export const isAddress = /^(?:(?:xlink:)?href|src|(?:form)?action|data|poster|ping|background|to|from|by|values)$/i;

/** Attributes that hold a list of values. */
export const isValues = /^values$/i;

/** Returns whether the value of an attribute would run a script. Browsers ignore spaces before it and line breaks within it. */
export function isScript(name: string, value: unknown): boolean {
  if (!isAddress.test(name)) return false;
  const text = String(value).replace(/[\t\n\r]/g, '');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: browsers skip these characters
  const runs = (isValues.test(name) ? /(?:^|;)[\u0000-\u0020]*javascript:/i : /^[\u0000-\u0020]*javascript:/i).test(text);
  if (dev && runs) dev.attributeDropped(name, 'is a javascript: address');
  return runs;
}

/** Returns the written text of an attribute that may hold an address; `undefined` if it is left out. */
export function addressText(name: string, value: unknown): string | undefined {
  const text = plainText(name, value);
  return text !== undefined && isScript(name, text) ? undefined : text;
}

/** Sets an attribute that holds an address. */
export const address = /* @__PURE__ */ following((element, name, value) =>
  writeAttribute(element, name, addressText(name, value)),
);
