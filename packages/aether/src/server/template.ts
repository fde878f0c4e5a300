/** Templates of compiled views as trees. */
import type { Part, Template } from '../view/block.js';
import { emptyTags } from './nodes.js';

/** A node of a template: an element, a text, or the place of a child. */
export type TemplateNode = TemplateElement | { readonly text: string } | { readonly part: number };

export interface TemplateElement {
  readonly tag: string;
  readonly attributes: readonly (readonly [name: string, value: string])[];
  readonly children: TemplateNode[];
  /** Parts that are attributes of this element. */
  readonly parts: readonly number[];
}

const tokens = /<!>|<\/[^>]+>|<([^\s/>]+)((?:\s+[^\s=/>]+(?:="[^"]*")?)*)\s*\/?>|[^<]+/g;
const attributes = /([^\s=]+)(?:="([^"]*)")?/g;
const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"' };
const decode = (text: string): string => text.replace(/&(amp|lt|gt|quot);/g, (_, name: string) => entities[name] as string);

const parsed = new WeakMap<Template, TemplateElement>();

/**
 * Parses the HTML of a template, in which every element is closed, unless it never has children.
 *
 * @throws TypeError unless it has one top element
 */
export function parseTemplate(template: Template): TemplateElement {
  let root = parsed.get(template);
  if (root === undefined) {
    root = parse(template);
    parsed.set(template, root);
  }
  return root;
}

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
      if (!emptyTags.has(tag)) stack.push({ element, path });
    }
  }
  if (root === undefined) throw new TypeError(`template: html must have one top element: ${html}`);
  return root;
}

const isAt =
  (path: readonly number[], kind: 'attribute' | 'only' | 'place') =>
  (part: Part): boolean =>
    part.path.join() === path.join() && kind === (part.name !== undefined ? 'attribute' : part.only ? 'only' : 'place');
