/**
 * Namespaces of elements written as markup, as parsers will determine them. Parsers ignore the case of names, and end SVG
 * and MathML at certain elements of HTML (HTML standard, "The rules for parsing tokens in foreign content").
 */
import type { Space } from '../view/host.js';
import { spaceOf, spaceWithin } from '../view/spaces.js';

/**
 * Elements whose content is text, which ends at their end tag, or in which other tags are dropped: by all parsers; by those
 * that run scripts, or do not; or, in a `select`, by older ones. `mglyph` and `malignmark` are MathML or HTML depending on
 * earlier content.
 */
const unsure = new Set(
  'noscript iframe noembed noframes xmp plaintext title textarea select frameset mglyph malignmark'.split(' '),
);

/** Namespace of an element by its name and the namespace around it. */
export function writtenSpaceOf(tag: string, around: Space): Space {
  const name = tag.toLowerCase();
  if (around === 'unsure' || unsure.has(name)) return 'unsure';
  const own = spaceOf(name, 'html');
  // SVG in MathML, or the other way round, unless an element of HTML has ended that before.
  return around === 'html' || own === around ? own : own === 'html' ? around : 'unsure';
}

/** Namespace of the children of an element. */
export function writtenSpaceWithin(tag: string, around: Space): Space {
  return spaceWithin(tag, writtenSpaceOf(tag, around));
}
