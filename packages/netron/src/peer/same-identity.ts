import { samePlain } from '../errors/plain-data.js';

/**
 * Whether two identities that `authenticate` has given are those of one caller: objects with an equal `id`, `sub` or `userId`
 * and an equal `tenant`, if any; without such, primitives that are equal, the same object, or plain data that is equal
 * throughout. What else an instance of a class holds cannot be seen: it equals itself alone. What is anonymous, `undefined`
 * or `null`, equals nothing.
 */
export function sameIdentity(one: unknown, other: unknown): boolean {
  if (one === undefined || one === null || other === undefined || other === null) return false;
  try {
    const [first, second] = [nameOf(one), nameOf(other)];
    return first === undefined || second === undefined ? first === second && samePlain(one, other) : samePlain(first, second);
  } catch {
    return false; // one that cannot be read
  }
}

/** The name of an identity, if it has one. */
function nameOf(identity: unknown): Record<string, unknown> | undefined {
  if (typeof identity !== 'object') return undefined;
  const { id, sub, userId, tenant } = identity as Record<string, unknown>;
  for (const [key, value] of Object.entries({ id, sub, userId }))
    if (typeof value === 'string' || typeof value === 'number') return { [key]: value, tenant };
  return undefined;
}
