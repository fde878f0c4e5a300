const inText = /[&<>\r\0\ud800-\udfff]/;
const inValue = /[&<>"\r\0\ud800-\udfff]/;

/** Writes a text so that a parser reads it back. */
export const escapeText = (text: string): string => (inText.test(text) ? escaped(text, '"') : text);

/** Writes the value of an attribute, to stand in double quotes. */
export const escapeAttribute = (text: string): string => (inValue.test(text) ? escaped(text, '') : text);

/** Escapes the characters with a meaning in HTML, except one, and replaces lone surrogates. */
function escaped(text: string, kept: string): string {
  let html = '';
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    let entity: string | undefined;
    switch (code) {
      case 38:
        entity = '&amp;';
        break;
      case 60:
        entity = '&lt;';
        break;
      case 62:
        entity = '&gt;';
        break;
      case 34:
        entity = kept === '"' ? undefined : '&quot;';
        break;
      case 13:
        entity = '&#13;';
        break;
      case 0:
        entity = '\ufffd';
        break;
      default:
        if ((code & 0xf800) !== 0xd800) continue;
        if (code < 0xdc00 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00) at++;
        else entity = '\ufffd';
    }
    if (entity === undefined) continue;
    html += text.slice(from, at) + entity;
    from = at + 1;
  }
  return html + text.slice(from);
}

/**
 * Escapes text so that it cannot end its script or style early, in forms that mean the same in strings of JavaScript, JSON
 * and CSS.
 *
 * @param unsure whether parsers may mistake the element for something else: then nothing in it begins a tag or a comment
 */
export function escapeRaw(tag: string, text: string, unsure: boolean): string {
  const whole = wellFormed(text);
  if (unsure) return whole.replace(/<(?=[a-z/!?])/gi, tag === 'script' ? '\\u003c' : '\\3c ');
  return whole.replace(new RegExp(`</(?=${tag})`, 'gi'), '<\\/').replace(/<!--/g, tag === 'script' ? '\\u003c!--' : '<\\!--');
}

/** Writes an attribute with its name. */
export const attributeMarkup = (name: string, value: string): string =>
  value === '' ? ` ${name}` : ` ${name}="${escapeAttribute(value)}"`;

/** Replaces lone surrogates, which no encoding can represent. */
const wellFormed = (text: string): string =>
  text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd');
