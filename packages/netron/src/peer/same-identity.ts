import { identityKey } from '../middleware/identity-key.js';

/**
 * Whether two identities that `authenticate` has given are those of one caller: the same object, or equal by
 * `identityKey`. What is anonymous, `undefined` or `null`, equals nothing.
 */
export function sameIdentity(one: unknown, other: unknown): boolean {
  if (one === undefined || one === null) return false;
  if (one === other) return true;
  const key = identityKey(one);
  return key !== undefined && key === identityKey(other);
}
