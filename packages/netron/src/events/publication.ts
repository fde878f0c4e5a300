import type { BusEvent } from './event-middleware.js';
import type { Publication } from './subscriber.js';

/**
 * Makes the one object that all subscribers of an event receive.
 *
 * @throws TypeError for a scope other than `local` and `cluster`
 */
export function publicationOf({ type, data, scope }: BusEvent): Publication {
  if (scope === undefined || scope === 'cluster') return { event: type, data, encoded: undefined };
  if (scope !== 'local') throw new TypeError(`scope must be 'local' or 'cluster', not '${String(scope)}'`);
  return { event: type, data, encoded: undefined, local: true };
}
