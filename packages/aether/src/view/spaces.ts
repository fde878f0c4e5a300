/** Namespaces of elements and of their children, by name and place. */
import type { Host, Space } from './host.js';

const namespaces: { readonly [space in Space]?: string } = {
  svg: 'http://www.w3.org/2000/svg',
  mathml: 'http://www.w3.org/1998/Math/MathML',
};

/** Namespace of an element by its name and the namespace around it, as parsers have it: within SVG and MathML every name is theirs. */
export function spaceOf(tag: string, around: Space): Space {
  if (around !== 'html') return around;
  return tag === 'svg' ? tag : tag === 'math' ? 'mathml' : around;
}

/** Elements whose children are of HTML again: some of SVG, and those of MathML that have text. */
const htmlWithin: { readonly [space in Space]?: RegExp } = { svg: /^(foreignObject|desc|title)$/, mathml: /^m([inos]|text)$/ };

/** Namespace of the children of an element. */
export function spaceWithin(tag: string, around: Space): Space {
  const space = spaceOf(tag, around);
  return htmlWithin[space]?.test(tag) ? 'html' : space;
}

/** Makes an element at a place. */
export function makeElement({ document, space }: Host, tag: string): Element {
  const namespace = namespaces[spaceOf(tag, space)];
  return namespace === undefined ? document.createElement(tag) : document.createElementNS(namespace, tag);
}

/** The host for the children of an element; `around` is the namespace where it stands, if not that of the host. */
export const within = (host: Host, tag: string, around: Space = host.space): Host =>
  host.within?.(tag, around) ?? host.inSpace(spaceWithin(tag, around));

/** Returns the host for the content of an existing element, or of a fragment. */
export function inside(host: Host, { localName, namespaceURI }: Element): Host {
  // By the ends of the addresses in `namespaces`: a page without elements by name does not load those.
  const space = /svg$/.test(namespaceURI as string) ? 'svg' : /ML$/.test(namespaceURI as string) ? 'mathml' : 'html';
  return host.inSpace(htmlWithin[space]?.test(localName) ? 'html' : space);
}
