/**
 * Whether two identities that `authenticate` has given are those of one caller: primitives that are equal, objects with an
 * equal `id`, `sub` or `userId` and an equal `tenant`, if any, other plain data that is equal throughout. What is anonymous,
 * `undefined` or `null`, equals nothing.
 */
export function sameIdentity(one: unknown, other: unknown): boolean {
  const key = keyOf(one);
  return key !== undefined && key === keyOf(other);
}

function keyOf(identity: unknown): string | undefined {
  if (identity === undefined || identity === null) return undefined;
  if (typeof identity !== 'object') return `${typeof identity} ${String(identity)}`;
  const { id, sub, userId, tenant } = identity as Record<string, unknown>;
  try {
    for (const [name, value] of Object.entries({ id, sub, userId })) {
      if (typeof value === 'string' || typeof value === 'number') return `name ${JSON.stringify([name, value, tenant])}`;
    }
    return `data ${JSON.stringify(identity, sorted)}`;
  } catch {
    return undefined; // a circle: nothing can be said
  }
}

/** Lists the properties of objects in one order. */
function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
