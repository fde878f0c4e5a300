import { isThenable } from './is-thenable.js';
import { quietly } from './quietly.js';

/**
 * Hears the failure of a promise that came where a value was to be there at once: unheard it would end the process.
 *
 * @returns whether it was a promise
 */
export function hearPromise(value: unknown): boolean {
  if (!isThenable(value)) return false;
  void quietly(() => value);
  return true;
}
