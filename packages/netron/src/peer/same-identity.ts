import { identityKey } from '../middleware/identity-key.js';

/**
 * Whether two identities returned by `authenticate` belong to one caller: the same object, or equal by `identityKey`. An anonymous
 * identity, `undefined` or `null`, equals none.
 */
export function sameIdentity(one: unknown, other: unknown): boolean {
  if (one === undefined || one === null) return false;
  if (one === other) return true;
  const key = identityKey(one);
  return key !== undefined && key === identityKey(other);
}
