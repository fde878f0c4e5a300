import { isThenable } from './is-thenable.js';
import { quietly } from './quietly.js';

/**
 * Handles the rejection of a promise that was returned instead of a synchronous value: unhandled, it would end the process.
 *
 * @returns whether it was a promise
 */
export function hearPromise(value: unknown): boolean {
  if (!isThenable(value)) return false;
  void quietly(() => value);
  return true;
}
