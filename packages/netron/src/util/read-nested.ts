import { readOptions } from './read-options.js';

/** Records of options within a record of them, by name; `*` stands for any other name. Lists hold such records. */
export interface Nested {
  readonly [name: string]: Nested;
}

/**
 * Returns options that were read with copies of the records and lists in them, so that their getters run once and nothing changes them
 * afterwards. Objects with a life, such as registries, stay, and what is no record is left to those who check it.
 *
 * @param nested records that are copied; lists are all copied
 * @param where they stand, for the message; followed by a name
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

/** Whether an object is started or heard, as registries and clients are, or a collection: no options. */
function isOther(given: object): boolean {
  const { start, on } = given as { readonly start?: unknown; readonly on?: unknown };
  return typeof start === 'function' || typeof on === 'function' || Symbol.iterator in given;
}
