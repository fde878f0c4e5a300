/** Templates of compiled views as texts with places between them. */
import type { Template } from '../view/block.js';
import type { Space } from '../view/host.js';
import { type AttributeWriter, attributeWriter } from './attribute-writer.js';
import { attributeMarkup, escapeText } from './escape.js';
import { emptyTags, type ServerMarkup } from './nodes.js';
import { parseTemplate, type TemplateElement } from './template.js';
import { writtenSpaceOf, writtenSpaceWithin } from './written-space.js';

/** Elements whose content depends on their attributes, or is not markup. */
export const special = new Set(
  'select option optgroup textarea title script style pre listing xmp iframe noembed noframes'.split(' '),
);
const specialTag = new RegExp(`<(?:${[...special].join('|')})[\\s>]`);
/** Attributes that replace the content. */
export const contentAttribute = /^(?:innerHTML|outerHTML|srcdoc)$/i;

/** A piece of a template: markup that never changes, and the attribute or child that follows it. */
export interface Piece extends ServerMarkup {
  /** Index of the value that follows; -1 at the end. */
  readonly index: number;
  /** Writer of the attribute that follows; `undefined` for a child. */
  readonly writer: AttributeWriter | undefined;
  /** The markup with the name of the attribute and a quote. */
  readonly opening: string;
  /** The same two with the quote that ends an attribute before. */
  readonly closing: string;
  readonly closingOpening: string;
  /** Tag of the element that the attribute or child is of. */
  readonly tag: string;
  /** Namespace of the elements in it. */
  readonly space: Space;
}

/** A template as text. */
export interface Pattern {
  readonly pieces: readonly Piece[];
  /** Indexes of the values that are evaluated, as a page does it: children, then attributes. */
  readonly tried: readonly number[];
  /** Number of children among them. */
  readonly children: number;
}

interface Written {
  readonly space: Space;
  readonly pattern: Pattern | undefined;
}

/** The text of a template for a place with elements of a namespace; `undefined` when its elements have to be made. */
export function patternOf(template: Template, space: Space): Pattern | undefined {
  if (template.written?.space !== space) {
    const written: Written = { space, pattern: isSpecial(template) ? undefined : patternFor(template, space) };
    template.written = written;
  }
  return (template.written as Written).pattern;
}

function patternFor(template: Template, space: Space): Pattern {
  const { pieces } = new PatternWriter(template, space);
  const used = pieces.filter(({ index, writer }) => index >= 0 && writer?.ignored !== true);
  const children = used.filter(({ writer }) => writer === undefined).map(({ index }) => index);
  const attributes = new Set(used.filter(({ writer }) => writer !== undefined).map(({ index }) => index));
  const tried = [...children, ...template.order.filter((index) => attributes.has(index))];
  return { pieces, tried, children: children.length };
}

const isSpecial = ({ html, parts }: Template): boolean =>
  specialTag.test(html) || parts.some(({ name }) => name !== undefined && contentAttribute.test(name));

/** Cuts a template into pieces. */
class PatternWriter {
  readonly pieces: Piece[] = [];
  private html = '';
  private beginsWithText = false;
  private endsWithText = false;

  constructor(
    private readonly template: Template,
    space: Space,
  ) {
    this.element(parseTemplate(template), space);
    this.cut(-1, undefined, '', space);
  }

  private element({ tag, attributes, children, parts }: TemplateElement, around: Space): void {
    const space = writtenSpaceOf(tag, around);
    this.markup(`<${tag}`);
    for (const [name, value] of attributes) this.markup(attributeMarkup(name, value));
    for (const part of parts) {
      this.cut(part, attributeWriter(this.template.parts[part]?.name as string), tag, space);
    }
    this.markup('>');
    for (const child of children) {
      if ('text' in child) this.text(child.text);
      else if ('part' in child) this.cut(child.part, undefined, tag, space);
      else this.element(child, writtenSpaceWithin(tag, space));
    }
    if (!emptyTags.has(tag)) this.markup(`</${tag}>`);
  }

  private markup(html: string): void {
    this.html += html;
    this.endsWithText = false;
  }

  private text(text: string): void {
    if (this.html === '') this.beginsWithText = true;
    this.html += escapeText(text);
    this.endsWithText = true;
  }

  private cut(index: number, writer: AttributeWriter | undefined, tag: string, around: Space): void {
    const { html, beginsWithText, endsWithText } = this;
    const opening = html + (writer?.before ?? '');
    const closing = `"${html}`;
    const closingOpening = `"${opening}`;
    const space = writtenSpaceWithin(tag, around);
    this.pieces.push({ html, beginsWithText, endsWithText, index, writer, opening, closing, closingOpening, tag, space });
    this.html = '';
    this.beginsWithText = this.endsWithText = false;
  }
}
