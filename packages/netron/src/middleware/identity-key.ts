import { isPlain } from '../errors/plain-data.js';

/** Levels of an identity; what is deeper, as a circle is, cannot be told from others. */
const deepest = 32;

/**
 * Returns a text that names who has an identity, the same for equal ones: the `id`, `sub` or `userId` of an object with its
 * `tenant`, if any; without such, a primitive, or plain data throughout. `undefined` for what cannot be told from others: what
 * an instance of a class holds cannot be seen, whatever its `toJSON` shows, nor what a circle does, and `NaN` is nobody's number.
 */
export function identityKey(identity: unknown): string | undefined {
  try {
    if (typeof identity !== 'object' || identity === null) return `${typeof identity} ${textOf(identity)}`;
    const { id, sub, userId, tenant } = identity as Record<string, unknown>;
    for (const [name, value] of Object.entries({ id, sub, userId }))
      if (typeof value === 'string' || typeof value === 'number') return `name ${textOf([name, value, tenant])}`;
    return `data ${textOf(identity)}`;
  } catch {
    return undefined;
  }
}

/** @throws TypeError for what is no plain data, or has parts that are not seen */
function textOf(value: unknown, depth = 0): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value === 'boolean' || value === undefined || value === null) return String(value);
  if (typeof value !== 'object' || depth === deepest) throw new TypeError('no data');
  // Of classes that extend these, more is hidden.
  const own = isPlain(Object.getPrototypeOf(value));
  if (value instanceof Date && own) return `date ${value.toISOString()}`;
  if (Array.isArray(value)) {
    if (!own || Reflect.ownKeys(value).length !== value.length + 1) throw new TypeError('no list');
    return `[${value.map((item) => textOf(item, depth + 1)).join()}]`;
  }
  const keys = Object.keys(value).sort();
  if (!isPlain(value) || Reflect.ownKeys(value).length !== keys.length) throw new TypeError('no plain data');
  return `{${keys.flatMap((key) => (value[key] === undefined ? [] : `${JSON.stringify(key)}:${textOf(value[key], depth + 1)}`)).join()}}`;
}
