import { isPlain } from '../errors/plain-data.js';

/**
 * Returns a text that names who has an identity, the same for equal ones: the `id`, `sub` or `userId` of an object with its
 * `tenant`, if any; without such, a primitive, or plain data throughout. `undefined` for what cannot be told from others: what
 * an instance of a class holds cannot be seen, nor what a circle does.
 */
export function identityKey(identity: unknown): string | undefined {
  if (typeof identity === 'function' || typeof identity === 'symbol') return undefined;
  if (typeof identity !== 'object' || identity === null) return `${typeof identity} ${String(identity)}`;
  try {
    const { id, sub, userId, tenant } = identity as Record<string, unknown>;
    for (const [name, value] of Object.entries({ id, sub, userId }))
      if (typeof value === 'string' || typeof value === 'number') return `name ${textOf([name, value, tenant])}`;
    return `data ${textOf(identity)}`;
  } catch {
    return undefined;
  }
}

/** @throws TypeError for what is no plain data */
function textOf(data: unknown): string {
  return JSON.stringify(data, (_key, value: unknown) => {
    if (typeof value === 'bigint') return { bigint: String(value) };
    if (typeof value === 'function' || typeof value === 'symbol') throw new TypeError('no data');
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    if (!isPlain(value)) throw new TypeError('no plain data');
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
