const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#13;', '\0': '\ufffd' };

/** Writes a text so that a parser reads it back. */
export const escapeText = (text: string): string =>
  /[&<>\r\0\ud800-\udfff]/.test(text) ? wellFormed(text).replace(/[&<>\r\0]/g, (char) => entities[char] ?? char) : text;

/** Writes the value of an attribute, to stand in double quotes. */
export const escapeAttribute = (text: string): string =>
  /[&<>"\r\0\ud800-\udfff]/.test(text) ? wellFormed(text).replace(/[&<>"\r\0]/g, (char) => entities[char] ?? char) : text;

/** Keeps a script or style from ending early. The backslash means nothing in strings of JavaScript and CSS. */
export const escapeRaw = (tag: string, text: string): string =>
  wellFormed(text)
    .replace(new RegExp(`</(?=${tag})`, 'gi'), '<\\/')
    .replace(/<!--/g, '<\\!--');

/** Writes an attribute with its name. */
export const attributeMarkup = (name: string, value: string): string =>
  value === '' ? ` ${name}` : ` ${name}="${escapeAttribute(value)}"`;

/** Replaces halves of surrogate pairs, which no encoding can hold. */
const wellFormed = (text: string): string =>
  text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd');
