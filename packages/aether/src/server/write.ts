import { holdsText } from '../view/host.js';
import { attributeMarkup, escapeRaw, escapeText } from './escape.js';
import {
  emptyTags,
  ServerAttribute,
  ServerElement,
  ServerMark,
  type ServerNode,
  ServerParent,
  ServerPlace,
  ServerTemplate,
  ServerText,
} from './nodes.js';

/** Elements whose text is not markup, unless they are of SVG or MathML. */
const raw = new Set(['script', 'style']);
/** Elements whose first line break is dropped by parsers. */
const newline = new Set(['pre', 'textarea', 'listing']);

/** Writes the children of a node as HTML that a parser reads back as the same nodes. */
export function writeChildren(parent: ServerParent): string {
  return writeNodes(parent.firstChild, null);
}

/** Writes the nodes from `first` to before `end`. */
export function writeNodes(first: ServerNode | null, end: ServerNode | null): string {
  const writer = new Writer();
  writer.nodes(first, end);
  return writer.html;
}

/** A growing text. */
class Writer {
  html = '';
  /** Whether the last node is a text: a parser would join another one. */
  private afterText = false;

  nodes(first: ServerNode | null, end: ServerNode | null): void {
    for (let node = first; node !== end && node !== null; node = node.nextSibling) this.node(node);
  }

  private node(node: ServerNode): void {
    if (node instanceof ServerText) this.text(escapeText(node.data));
    else if (node instanceof ServerTemplate) this.template(node);
    else if (node instanceof ServerMark) this.markup(`<!--${node.data}-->`);
    else this.element(node as ServerElement);
  }

  private text(html: string): void {
    this.html += this.afterText ? `<!---->${html}` : html;
    this.afterText = true;
  }

  private markup(html: string): void {
    this.html += html;
    this.afterText = false;
  }

  private template({ pieces }: ServerTemplate): void {
    for (const piece of pieces) {
      if (piece instanceof ServerPlace) this.nodes(piece.firstChild, null);
      else if (piece instanceof ServerAttribute) {
        if (piece.text !== undefined) this.html += attributeMarkup(piece.name, piece.text);
      } else {
        this.html += this.afterText && piece.beginsWithText ? `<!---->${piece.html}` : piece.html;
        this.afterText = piece.endsWithText;
      }
    }
  }

  private element(element: ServerElement): void {
    const { localName: tag, space } = element;
    this.markup(`<${tag}`);
    const value = tag === 'textarea' || tag === 'select' ? element.attributes.get('value') : undefined;
    for (const [name, text] of element.attributes) {
      if (name !== 'value' || value === undefined) this.html += attributeMarkup(name, text);
    }
    this.html += '>';
    if (emptyTags.has(tag)) {
      if (element.firstChild !== null) throw new TypeError(`<${tag}> cannot have children`);
      return;
    }
    if (tag === 'select' && value !== undefined) select(element, value);
    const own = tag === 'textarea' && value !== undefined ? escapeText(value) : element.innerHTML?.toString();
    const isRaw = raw.has(tag) && (space === 'html' || space === 'unsure');
    const text = own ?? (isRaw ? escapeRaw(tag, textOf(element), space === 'unsure') : joined(element));
    if (newline.has(tag)) {
      const content = text ?? writeChildren(element);
      this.html += content.startsWith('\n') ? `\n${content}` : content;
    } else if (text !== undefined) this.html += text;
    else this.nodes(element.firstChild, null);
    this.markup(`</${tag}>`);
  }
}

/** Marks the option with the value of a select. */
function select(parent: ServerParent, value: string): void {
  for (let node = parent.firstChild; node !== null; node = node.nextSibling) {
    if (!(node instanceof ServerElement)) continue;
    if (node.localName !== 'option') select(node, value);
    else if ((node.attributes.get('value') ?? textOf(node)) === value) node.setAttribute('selected', '');
  }
}

/** Returns the text of an element that contains only text. */
function joined(element: ServerElement): string | undefined {
  if (!holdsText.test(element.localName)) return undefined;
  for (let node = element.firstChild; node !== null; node = node.nextSibling) if (node instanceof ServerElement) return undefined;
  return escapeText(textOf(element));
}

function textOf(element: ServerElement): string {
  let text = '';
  for (let node = element.firstChild; node !== null; node = node.nextSibling) if (node instanceof ServerText) text += node.data;
  return text;
}

/** Writes a value as JSON that may stand in a script. */
export const scriptJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[<\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
