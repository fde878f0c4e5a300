import { ComponentDescription } from './component.js';
import type { Description } from './description.js';
import { ElementDescription } from './element.js';

/** Describes an element by its name, or a use of a component. */
export const describe = (type: unknown, props: object, key?: unknown): Description =>
  typeof type === 'string'
    ? new ElementDescription(type, props as never, key)
    : new ComponentDescription(type, props as never, key);
