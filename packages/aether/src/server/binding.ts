import { active, dropAll, type Node } from '../reactive/graph.js';
import { setAttribute } from '../view/attributes.js';
import { AttributeHole, type Binding } from '../view/binding.js';

/** Follows a function that is tried. */
const probe: Node = { deps: undefined, depsTail: undefined, subs: undefined, subsTail: undefined, flags: 0 };

/** Gives an attribute that is written a value. Handlers and references are for pages. */
export function bindWritten(
  element: Element,
  name: string,
  value: unknown,
  binding: Binding | undefined,
  before: unknown,
): Binding | undefined {
  if (binding?.take(value)) return binding;
  binding?.dispose();
  if (name === 'ref' || (name.startsWith('on') && name.length > 2 && typeof value !== 'string')) return undefined;
  if (typeof value !== 'function') setAttribute(element, name, value, before);
  else {
    const fixed = fixedValue(value as () => unknown);
    if (fixed === undefined) return new AttributeHole(element, name, value as () => unknown);
    setAttribute(element, name, fixed.value, before);
  }
  return undefined;
}

/** The value of a function that has read nothing that may change; `undefined` when it has, or has thrown. */
function fixedValue(read: () => unknown): { readonly value: unknown } | undefined {
  const { tracker } = active;
  active.tracker = probe;
  active.run++;
  probe.depsTail = undefined;
  try {
    let value = read();
    while (typeof value === 'function') value = value();
    return probe.deps === undefined ? { value } : undefined;
  } catch {
    return undefined;
  } finally {
    active.tracker = tracker;
    if (probe.deps !== undefined) dropAll(probe);
  }
}
