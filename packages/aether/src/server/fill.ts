/** Fills the templates of compiled views node by node: on a server, and where a page takes over what a server has written. */
import { dev } from '#dev';
import type { Block, Filled } from '../view/block.js';
import type { Host } from '../view/host.js';
import { hydration } from '../view/hydration.js';
import type { Instance } from '../view/instance.js';
import { stays, writtenAttribute } from './taken.js';
import { parseTemplate, type TemplateElement } from './template.js';

/** Makes or takes over the element of a block, its content in the order in which it stands in the document. */
export function fillInOrder({ template, values }: Block, host: Host): Filled {
  const nodes = new Array<Element>(template.parts.length);
  const keepers = new Array<Instance | undefined>(template.parts.length);
  const make = (of: TemplateElement, within: Host): Element => {
    const element = within.element(of.tag);
    for (const [name, value] of of.attributes) {
      // The server has written them.
      if (hydration.cursor !== undefined) {
        const found = writtenAttribute(element, name);
        if (found === value || stays(element, name, value)) continue;
        if (dev) dev.attributeDiffers(element, name, value, found ?? undefined);
      }
      element.setAttribute(name, value);
    }
    for (const part of of.parts) nodes[part] = element;
    const inner = within.within(of.tag);
    within.enter?.(element);
    for (const child of of.children) {
      if ('part' in child) {
        const instance = inner.create(values[child.part]);
        instance.insert(element, null);
        keepers[child.part] = instance;
      } else {
        const node = 'text' in child ? inner.text(child.text) : make(child, inner);
        if (node.parentNode !== element) element.insertBefore(node, null);
      }
    }
    within.leave?.(element);
    return element;
  };
  return { element: make(parseTemplate(template), host), nodes, keepers };
}
