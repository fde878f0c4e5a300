import type { Middleware } from '../middleware/call.js';
import type { BoundService } from './call/bound-service.js';
import { exposureOf } from './declare/exposed.js';

/** Returns the bound service of any object, exposed or not; `undefined` when it is no service. */
export type ServiceBinder = (target: object) => BoundService | undefined;

/**
 * Binds objects to their public members, each once.
 *
 * @param middleware in front of every service, outermost first
 */
export function serviceBinder(middleware: readonly Middleware[]): ServiceBinder {
  const known = new WeakMap<object, BoundService>();
  return (target) => {
    const bound = known.get(target);
    if (bound !== undefined) return bound;
    const exposure = exposureOf(target);
    if (exposure === undefined) return undefined;
    const made = exposure.bind(target, middleware);
    known.set(target, made);
    return made;
  };
}
