import { isPlain } from '../errors/plain-data.js';

/** Maximum depth of an identity; a deeper one, such as a cyclic one, has no key. */
const deepest = 32;

/**
 * Returns a text that identifies the owner of an identity, the same for equal identities: the `id`, `sub` or `userId` of an object with
 * its `tenant`, if any; without such a field, a primitive, or plain data throughout. `undefined` when the identity cannot be
 * distinguished from others: the state of a class instance is hidden, whatever its `toJSON` returns, and so is that of a cyclic
 * object; `NaN` identifies nobody.
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

/** @throws TypeError for a value that is not plain data or has hidden parts */
function textOf(value: unknown, depth = 0): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value === 'boolean' || value === undefined || value === null) return String(value);
  if (typeof value !== 'object' || depth === deepest) throw new TypeError('no data');
  // Instances of derived classes have hidden state.
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
