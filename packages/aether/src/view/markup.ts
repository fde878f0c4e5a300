/** Attributes with HTML, which accept only trusted values. */
import { dev } from '#dev';
import { following } from './attribute-hole.js';
import { writeAttribute } from './attributes.js';
import { TrustedHtml } from './description.js';

export const isMarkup = /^(?:innerhtml|outerhtml|srcdoc)$/i;

/** Sets the markup of an element, if it is trusted. */
export function setMarkup(element: Element, name: string, value: unknown, before: unknown): void {
  const html = value instanceof TrustedHtml ? value.html : undefined;
  if (dev && html === undefined && (value ?? false) !== false) dev.attributeDropped(name, 'is not trusted()');
  if (name.toLowerCase() === 'srcdoc') writeAttribute(element, name, html);
  // Dropped markup does not affect children.
  else if (html !== undefined) element.innerHTML = html;
  else if (before instanceof TrustedHtml) element.textContent = '';
}

/** Sets the HTML of an element. */
export const markup = /* @__PURE__ */ following(setMarkup);
