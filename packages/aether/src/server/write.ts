import { ServerElement, ServerMark, type ServerNode, type ServerParent, ServerText } from './nodes.js';

const empty = new Set('area base br col embed hr img input link meta source track wbr'.split(' '));
/** Elements whose text is not markup. */
const raw = new Set(['script', 'style']);
/** Elements whose first line break is dropped by parsers. */
const newline = new Set(['pre', 'textarea', 'listing']);

/** Writes the children of a node as HTML that a parser reads back as the same nodes. */
export function writeChildren(parent: ServerParent): string {
  return writeNodes(parent.firstChild, null);
}

/** Writes the nodes from `first` to before `end`. */
export function writeNodes(first: ServerNode | null, end: ServerNode | null): string {
  let html = '';
  for (let node = first; node !== end && node !== null; node = node.nextSibling) html += writeNode(node);
  return html;
}

function writeNode(node: ServerNode): string {
  if (node instanceof ServerText) return separator(node) + escapeText(node.data);
  if (node instanceof ServerMark) return `<!--${node.data}-->`;
  return writeElement(node as ServerElement);
}

/** Texts side by side would be read as one. */
const separator = (node: ServerText): string => (node.previousSibling instanceof ServerText ? '<!---->' : '');

function writeElement(element: ServerElement): string {
  const { localName: tag } = element;
  let html = `<${tag}`;
  const value = tag === 'textarea' || tag === 'select' ? element.attributes.get('value') : undefined;
  for (const [name, text] of element.attributes) {
    if (name !== 'value' || value === undefined) html += text === '' ? ` ${name}` : ` ${name}="${escapeAttribute(text)}"`;
  }
  html += '>';
  if (empty.has(tag)) {
    if (element.firstChild !== null) throw new TypeError(`<${tag}> has no children`);
    return html;
  }
  if (tag === 'select' && value !== undefined) select(element, value);
  let content = element.innerHTML ?? (raw.has(tag) ? escapeRaw(tag, textOf(element)) : writeChildren(element));
  if (tag === 'textarea' && value !== undefined) content = escapeText(value);
  return `${html}${newline.has(tag) && content.startsWith('\n') ? '\n' : ''}${content}</${tag}>`;
}

/** Marks the option that is the value of a select. */
function select(parent: ServerParent, value: string): void {
  for (let node = parent.firstChild; node !== null; node = node.nextSibling) {
    if (!(node instanceof ServerElement)) continue;
    if (node.localName !== 'option') select(node, value);
    else if ((node.attributes.get('value') ?? textOf(node)) === value) node.setAttribute('selected', '');
  }
}

function textOf(element: ServerElement): string {
  let text = '';
  for (let node = element.firstChild; node !== null; node = node.nextSibling) if (node instanceof ServerText) text += node.data;
  return text;
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#13;', '\0': '\ufffd' };

const escapeText = (text: string): string => wellFormed(text).replace(/[&<>\r\0]/g, (char) => entities[char] ?? char);
const escapeAttribute = (text: string): string => wellFormed(text).replace(/[&<>"\r\0]/g, (char) => entities[char] ?? char);

/** Keeps a script or style from ending early. The backslash means nothing in strings of JavaScript and CSS. */
const escapeRaw = (tag: string, text: string): string =>
  wellFormed(text)
    .replace(new RegExp(`</(?=${tag})`, 'gi'), '<\\/')
    .replace(/<!--/g, '<\\!--');

/** Replaces halves of surrogate pairs, which no encoding can hold. */
const wellFormed = (text: string): string =>
  text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd');

/** Writes a value as JSON that may stand in a script. */
export const scriptJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[<\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
