import { ComputedNode } from '../reactive/computed.js';
import { runIn, type Scope } from '../reactive/owner.js';
import { type Cell, Description } from './description.js';

/**
 * Creates the description of a component whose properties may be getters: each is evaluated when the component reads it,
 * once, and again when what it has read changes. For compilers.
 */
export const component = (type: unknown, props: object, key?: unknown): Description =>
  new Description(type, props as Record<string, unknown>, key, compute);

/** A property belongs to where the component is used, and ends with the component. */
function compute(read: () => unknown, scope: Scope): Cell {
  const node = runIn(scope.parent, () => new ComputedNode<unknown>(read));
  scope.defer(() => node.dispose());
  return node;
}
