import type { BoundService } from './call/bound-service.js';
import { type BindSettings, exposureOf } from './declare/exposed.js';

/** Returns the bound service of any object, exposed or not; `undefined` when it is not a service. */
export type ServiceBinder = (target: object) => BoundService | undefined;

/**
 * Returns a function that binds objects to their public members, each object once.
 *
 * @param node settings for every service
 */
export function serviceBinder(node: BindSettings): ServiceBinder {
  const known = new WeakMap<object, BoundService>();
  return (target) => {
    const bound = known.get(target);
    if (bound !== undefined) return bound;
    const exposure = exposureOf(target);
    if (exposure === undefined) return undefined;
    const made = exposure.bind(target, node);
    known.set(target, made);
    return made;
  };
}
