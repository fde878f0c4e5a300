import type { Middleware } from '../middleware/call.js';
import type { BoundService } from './call/bound-service.js';
import { exposureOf } from './declare/exposed.js';

/** The public face of any object, exposed or not; `undefined` when it has none. */
export type PublicFaces = (target: object) => BoundService | undefined;

/**
 * Makes the public faces of objects, each once.
 *
 * @param middleware in front of every service, outermost first
 */
export function publicFaces(middleware: readonly Middleware[]): PublicFaces {
  const faces = new WeakMap<object, BoundService>();
  return (target) => {
    const known = faces.get(target);
    if (known !== undefined) return known;
    const exposure = exposureOf(target);
    if (exposure === undefined) return undefined;
    const bound = exposure.bind(target, middleware);
    faces.set(target, bound);
    return bound;
  };
}
