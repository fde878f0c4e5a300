/** Compiled views as texts with parts between them, which a server writes faster than elements. */
import type { Block, Filled, Template } from '../view/block.js';
import type { Host, Space } from '../view/host.js';
import { namespaces, spaceOf } from '../view/host.js';
import type { Instance } from '../view/instance.js';
import { attributeMarkup, escapeText } from './escape.js';
import {
  checkAttribute,
  emptyTags,
  ServerAttribute,
  type ServerMarkup,
  type ServerPiece,
  ServerPlace,
  ServerTemplate,
} from './nodes.js';
import { parseTemplate, type TemplateElement } from './template.js';

/** Elements whose content depends on their attributes, or is not markup. */
const special = /<(?:select|option|optgroup|textarea|script|style|pre|listing)[\s>]/;
/** Attributes that stand for the content. */
const content = /^(?:innerHTML|outerHTML)$/i;

/** A piece of a template, before it has values. */
type Pattern = ServerMarkup | AttributePattern | PlacePattern;

interface AttributePattern {
  readonly attribute: number;
  readonly name: string;
  readonly tag: string;
}

interface PlacePattern {
  readonly child: number;
  readonly tag: string;
  /** Namespace of the element around. */
  readonly space: Space;
}

const patterns = new WeakMap<Template, Partial<Record<Space, readonly Pattern[] | 'special'>>>();

/** Fills a template with values; `undefined` when its elements have to be made one by one. */
export function fillPieces({ template, values }: Block, host: Host): Filled | undefined {
  const pattern = patternOf(template, host.space);
  if (pattern === 'special') return undefined;
  const nodes: Element[] = [];
  const children: Instance[] = [];
  const pieces: ServerPiece[] = [];
  for (const each of pattern) {
    if ('html' in each) pieces.push(each);
    else if ('name' in each) {
      const attribute = new ServerAttribute(each.name, each.tag);
      nodes[each.attribute] = attribute as unknown as Element;
      pieces.push(attribute);
    } else {
      const { tag, space, child } = each;
      const place = new ServerPlace(tag, space === 'html' ? undefined : namespaces[space]);
      const instance = host.within(tag, space).create(values[child]);
      instance.insert(place as unknown as Node, null);
      children[child] = instance;
      pieces.push(place);
    }
  }
  const element = new ServerTemplate(pieces);
  for (const piece of pieces) if (piece instanceof ServerPlace) piece.parentNode = element as unknown as ServerPlace;
  return { element: element as unknown as Element, nodes, children };
}

function patternOf(template: Template, space: Space): readonly Pattern[] | 'special' {
  const known = patterns.get(template) ?? {};
  patterns.set(template, known);
  known[space] ??= isSpecial(template) ? 'special' : new PatternWriter(template, space).pieces;
  return known[space];
}

const isSpecial = ({ html, parts }: Template): boolean =>
  special.test(html) || parts.some(({ name }) => name !== undefined && content.test(name));

/** Cuts a template into pieces. */
class PatternWriter {
  readonly pieces: Pattern[] = [];
  private html = '';
  private beginsWithText = false;
  private endsWithText = false;

  constructor(
    private readonly template: Template,
    space: Space,
  ) {
    this.element(parseTemplate(template), space);
    this.cut();
  }

  private element({ tag, attributes, children, parts }: TemplateElement, around: Space): void {
    const space = spaceOf(tag, around);
    this.markup(`<${tag}`);
    for (const [name, value] of attributes) this.markup(attributeMarkup(name, value));
    for (const part of parts) {
      const name = this.template.parts[part]?.name as string;
      checkAttribute(name);
      this.cut();
      this.pieces.push({ attribute: part, name, tag });
    }
    this.markup('>');
    for (const child of children) {
      if ('text' in child) this.text(child.text);
      else if ('part' in child) {
        this.cut();
        this.pieces.push({ child: child.part, tag, space });
      } else this.element(child, space);
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

  private cut(): void {
    const { html, beginsWithText, endsWithText } = this;
    if (html !== '') this.pieces.push({ html, beginsWithText, endsWithText });
    this.html = '';
    this.beginsWithText = this.endsWithText = false;
  }
}
