/** Fills the templates of compiled views node by node: on a server, and where a page takes over what a server has written. */
import type { Block, Filled, Part, Template } from '../view/block.js';
import type { Host } from '../view/host.js';
import { hydration } from '../view/hydration.js';
import type { Instance } from '../view/instance.js';

/** A node of a template: an element, a text, or the place of a child. */
type TemplateNode = TemplateElement | { readonly text: string } | { readonly part: number };

interface TemplateElement {
  readonly tag: string;
  readonly attributes: readonly (readonly [name: string, value: string])[];
  readonly children: TemplateNode[];
  /** Parts that are attributes of this element. */
  readonly parts: readonly number[];
}

const parsed = new WeakMap<Template, TemplateElement>();

/** Makes or takes over the element of a block, its content in the order in which it stands in the document. */
export function fillInOrder({ template, values }: Block, host: Host): Filled {
  let root = parsed.get(template);
  if (root === undefined) {
    root = parse(template);
    parsed.set(template, root);
  }
  const nodes: Element[] = [];
  const children: Instance[] = [];
  const make = (of: TemplateElement, within: Host): Element => {
    const element = within.element(of.tag);
    // The server has written them.
    if (hydration.cursor === undefined) for (const [name, value] of of.attributes) element.setAttribute(name, value);
    for (const part of of.parts) nodes[part] = element;
    const inner = within.within(of.tag);
    within.enter(element);
    for (const child of of.children) {
      if ('part' in child) {
        const instance = inner.create(values[child.part]);
        instance.insert(element, null);
        children[child.part] = instance;
      } else {
        const node = 'text' in child ? inner.text(child.text) : make(child, inner);
        if (node.parentNode !== element) element.insertBefore(node, null);
      }
    }
    within.leave(element);
    return element;
  };
  return { element: make(root, host), nodes, children };
}

const tokens = /<!>|<\/[^>]+>|<([^\s/>]+)((?:\s+[^\s=>]+(?:="[^"]*")?)*)\s*>|[^<]+/g;
const attributes = /([^\s=]+)(?:="([^"]*)")?/g;
const empty = new Set('area base br col embed hr img input link meta source track wbr'.split(' '));
const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"' };
const decode = (text: string): string => text.replace(/&(amp|lt|gt|quot);/g, (_, name: string) => entities[name] as string);

/** Reads the HTML that compilers write: every element is closed, unless it never has children. */
function parse({ html, parts }: Template): TemplateElement {
  const stack: { readonly element: TemplateElement; readonly path: readonly number[] }[] = [];
  let root: TemplateElement | undefined;
  for (const [token, tag, list = ''] of html.matchAll(tokens)) {
    const outer = stack.at(-1);
    const siblings = outer?.element.children ?? [];
    if (token.startsWith('</')) stack.pop();
    else if (token === '<!>') siblings.push({ part: parts.findIndex(isAt([...(outer?.path ?? []), siblings.length], 'place')) });
    else if (tag === undefined) siblings.push({ text: decode(token) });
    else {
      const path = outer === undefined ? [] : [...outer.path, siblings.length];
      const named = parts.flatMap((part, index) => (isAt(path, 'attribute')(part) ? [index] : []));
      const given = [...list.matchAll(attributes)].map(([, name, value = '']) => [name as string, decode(value)] as const);
      const element: TemplateElement = { tag, attributes: given, children: [], parts: named };
      const only = parts.findIndex(isAt(path, 'only'));
      if (only >= 0) element.children.push({ part: only });
      if (root === undefined) root = element;
      else siblings.push(element);
      if (!empty.has(tag)) stack.push({ element, path });
    }
  }
  if (root === undefined) throw new TypeError(`a template has one element at the top: ${html}`);
  return root;
}

const isAt =
  (path: readonly number[], kind: 'attribute' | 'only' | 'place') =>
  (part: Part): boolean =>
    part.path.join() === path.join() && kind === (part.name !== undefined ? 'attribute' : part.only ? 'only' : 'place');
