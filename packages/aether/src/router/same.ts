/**
 * Returns whether two values are deeply equal: objects, lists, dates, Sets and Maps. Instances of other classes are equal
 * only if they are identical. Values may be circular.
 */
export function same(a: unknown, b: unknown, compared = new Map<object, unknown>()): boolean {
  if (Object.is(a, b)) return true;
  if (!isObject(a) || !isObject(b) || kindOf(a) !== kindOf(b)) return false;
  // A pair in comparison can differ only elsewhere.
  if (compared.get(a) === b) return true;
  compared.set(a, b);
  if (a instanceof Date && b instanceof Date) return Object.is(a.getTime(), b.getTime());
  if (isCollection(a) && isCollection(b)) return same([...a], [...b], compared);
  if (!Array.isArray(a) && kindOf(a) !== null) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key], compared));
}

type Fields = Record<string, unknown>;

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

const isCollection = (value: object): value is Iterable<unknown> => value instanceof Set || value instanceof Map;

/** The prototype; `null` for that of plain objects, too. */
function kindOf(value: object): unknown {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype ? null : prototype;
}
