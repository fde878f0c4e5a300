import { NetronError } from '../errors/netron-error.js';

/** Key from a part to the node that it belongs to. */
const owner: unique symbol = Symbol('owner');

/**
 * Assigns a part to a node, permanently: the part keeps state and could not distinguish two nodes.
 *
 * @param what kind of the part, for instance `backend`
 * @throws NetronError `failed_precondition` when it belongs to another node
 */
export function claim(part: { readonly name: string; readonly [owner]?: object }, node: object, what: string): void {
  const holder = part[owner];
  if (holder === undefined) Object.defineProperty(part, owner, { value: node });
  else if (holder !== node)
    throw new NetronError('failed_precondition', `${what} '${part.name}' belongs to another node: create one for each node`);
}
