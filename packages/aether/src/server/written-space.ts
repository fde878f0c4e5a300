/**
 * Namespaces of elements that are written as markup: those that parsers will give them. They take names without regard to case, and
 * `mglyph` and `malignmark` for MathML also where MathML has text (HTML standard, "MathML text integration point").
 */
import { type Space, spaceOf, spaceWithin } from '../view/host.js';

/** Namespace of an element by its name and the namespace around it. */
export function writtenSpaceOf(tag: string, around: Space): Space {
  if (around !== 'html') return around;
  const name = tag.toLowerCase();
  return name === 'mglyph' || name === 'malignmark' ? 'mathml' : spaceOf(name, around);
}

/** Namespace of the children of an element. */
export function writtenSpaceWithin(tag: string, around: Space): Space {
  return spaceWithin(tag, writtenSpaceOf(tag, around));
}
