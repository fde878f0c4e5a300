/** Checks of development. */
import type { Checks } from './checks.js';

/** Components that have read a property in their setup, by it. Each is warned of once. */
const read = new WeakMap<object, Map<string, string>>();
const warned = new Set<string>();

export const dev: Checks | false = {
  propertyRead(of, component, property) {
    const properties = read.get(of) ?? new Map<string, string>();
    read.set(of, properties.set(property, component));
  },

  propertyChanged(of, property) {
    const component = read.get(of)?.get(property);
    if (component === undefined || warned.has(`${component}.${property}`)) return;
    warned.add(`${component}.${property}`);
    console.warn(
      `${component}: property '${property}' has changed, but was read in the setup, which runs once. Read it in the view: () => props.${property}`,
    );
  },

  attributeDropped(name, reason) {
    console.warn(`attribute ${name} was dropped: it ${reason}`);
  },

  keysGiven(keys) {
    const used = new Set<unknown>();
    for (const [index, key] of keys.entries()) {
      if (used.has(key)) console.warn(`For: key ${String(key)} appears again at position ${index}`);
      used.add(key);
    }
  },
};
