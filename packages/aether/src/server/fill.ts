/** Fills the templates of compiled views node by node: on a server, and during hydration. */
import { dev } from '#dev';
import type { Block, Filled } from '../view/block.js';
import type { Host } from '../view/host.js';
import { hydration } from '../view/hydration.js';
import { makeElement, within } from '../view/spaces.js';
import { stays, writtenAttribute } from './taken.js';
import { parseTemplate, type TemplateElement } from './template.js';

/** Makes or takes over the element of a block, its content in the order in which it stands in the document. */
export function fillInOrder({ template, values }: Block, around: Host): Filled {
  const keepers = new Array<Filled['keepers'][number]>(template.parts.length);
  const make = (of: TemplateElement, host: Host): Element => {
    const element = host.element?.(of.tag) ?? makeElement(host, of.tag);
    for (const [name, value] of of.attributes) {
      // The server has already written those of an element in place.
      if (element.parentNode !== null) {
        const found = writtenAttribute(element, name);
        if (found === value || stays(element, name, value)) continue;
        if (dev && !hydration.cursor?.isLate) dev.attributeDiffers(element, name, value, found ?? undefined);
      }
      element.setAttribute(name, value);
    }
    for (const part of of.parts) keepers[part] = element;
    const inner = within(host, of.tag);
    host.enter?.(element);
    for (const child of of.children) {
      if ('part' in child) {
        const instance = inner.create(values[child.part], child.part);
        instance.insert(element, null);
        keepers[child.part] = instance;
      } else {
        const node = 'text' in child ? inner.text(child.text) : make(child, inner);
        if (node.parentNode !== element && !hydration.cursor?.holds(element)) element.insertBefore(node, null);
      }
    }
    host.leave?.(element);
    return element;
  };
  return { element: make(parseTemplate(template), around), keepers };
}
