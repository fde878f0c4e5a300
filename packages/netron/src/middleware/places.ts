/** The order of the incoming chain: the places of middleware, wherever it was given. */
import type { Middleware } from './call.js';
import type { MemberInfo } from './member.js';
import type { MiddlewareShape } from './shapes.js';

/**
 * Places in front of a member, from the outermost to the innermost. Before the first, the member is looked up and
 * observers are notified. Middleware of a node is placed in `node`, that of a service and its members in `service`, unless
 * `inPlace` names another place. Within a place: the node's, then the service's, then the member's, each in the order given.
 */
export const places = [
  'node',
  'identity',
  'rights',
  'overload',
  'rate',
  'idempotency',
  'cache',
  'validation',
  'policy',
  'service',
  'output',
] as const;

/** A place in front of a member. */
export type Place = (typeof places)[number];

/** Middleware with a place of its own. */
export class PlacedMiddleware {
  readonly place: Place | ((member: MemberInfo) => Place);
  readonly middleware: MiddlewareShape;

  /** @internal */
  constructor(place: PlacedMiddleware['place'], middleware: PlacedMiddleware['middleware']) {
    this.place = place;
    this.middleware = middleware;
  }
}

/** Middleware of any shape, with or without a place. */
export type MiddlewareInput = MiddlewareShape | PlacedMiddleware;

/**
 * Gives middleware a place in the incoming chain: `inPlace('rights', guard)`, regardless of where it is then given.
 *
 * @param place a name, or a function that is called once for each member
 * @throws TypeError for an unknown place
 */
export function inPlace(place: PlacedMiddleware['place'], middleware: PlacedMiddleware['middleware']): PlacedMiddleware {
  if (typeof place !== 'function') positionOf(place);
  return new PlacedMiddleware(place, middleware);
}

/** Middleware that is ready to be composed, and its place. */
export interface Placed {
  readonly place: PlacedMiddleware['place'];
  readonly middleware: Middleware;
}

/** Returns middleware sorted by its places in front of `member`, outermost first. */
export function inOrder(all: readonly Placed[], member: MemberInfo): Middleware[] {
  return all
    .map(({ place, middleware }) => ({ middleware, at: positionOf(typeof place === 'function' ? place(member) : place) }))
    .sort((a, b) => a.at - b.at)
    .map(({ middleware }) => middleware);
}

function positionOf(place: Place): number {
  const position = places.indexOf(place);
  if (position < 0) throw new TypeError(`unknown place '${String(place)}' in the chain: expected one of ${places.join(', ')}`);
  return position;
}
