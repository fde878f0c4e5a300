import { readOptions } from './read-options.js';

/** Records of options nested in other options, by name; `*` stands for any other name. Lists may contain such records. */
export interface Nested {
  readonly [name: string]: Nested;
}

/**
 * Returns options with copies of the records and lists in them, so that their getters run once and later changes have no effect. Objects
 * with a life of their own, such as registries, are kept, and values that are not records are left to later checks.
 *
 * @param nested records to copy; lists are all copied
 * @param where names the place of the options in the error message, followed by a name
 * @throws TypeError for instances of a class with methods or getters, which would be left out
 */
export function readNested<T extends object>(options: T, nested: Nested, where = ''): T {
  const entries = Object.entries(options).map(([name, value]: [string, unknown]) => {
    const inside = Object.hasOwn(nested, name) ? nested[name] : nested['*'];
    return [name, inside === undefined ? listed(value) : read(value, inside, where + name)];
  });
  return Object.fromEntries(entries) as T;
}

function listed(value: unknown): unknown {
  return Array.isArray(value) ? [...value] : value;
}

function read(given: unknown, nested: Nested, where: string): unknown {
  if (Array.isArray(given)) return given.map((one) => read(one, nested, where));
  if (typeof given !== 'object' || given === null || isOther(given)) return given;
  return readNested(readOptions(given, where), nested, `${where}.`);
}

/** Whether an object is not a record of options: it can be started or listened to, like registries and clients, or is a collection. */
function isOther(given: object): boolean {
  const { start, on } = given as { readonly start?: unknown; readonly on?: unknown };
  return typeof start === 'function' || typeof on === 'function' || Symbol.iterator in given;
}
