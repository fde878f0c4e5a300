import { described } from './check.js';

/**
 * Reads options once, when they are given: getters run once, and what becomes of the object afterwards changes nothing.
 *
 * @throws TypeError for what is no object
 */
export function readOptions<T extends object>(given: T): T {
  if (typeof given !== 'object' || given === null) throw new TypeError(`options must be an object, not ${described(given)}`);
  return { ...given };
}
