import { described } from './check.js';

/**
 * Reads options once, inherited ones included: getters run once, and later changes to the object have no effect.
 *
 * @param where names the place of the options in the error message. Default `options`
 * @param fault creates the error. Default a TypeError
 * @throws the error when `options` is not an object, or is an instance of a class with methods or getters, which would be left out
 */
export function readOptions<T extends object>(
  given: T,
  where = 'options',
  fault: (text: string) => Error = (text) => new TypeError(text),
): T {
  if (typeof given !== 'object' || given === null) throw fault(`${where} must be an object, not ${described(given)}`);
  if (hidesMembers(given)) throw fault(`${where} must be a plain object, not ${described(given)}`);
  const read: [string, unknown][] = [];
  for (const name in given) read.push([name, given[name]]);
  return Object.fromEntries(read) as T;
}

/** Whether it inherits members that `for in` does not see, apart from those of every object. */
function hidesMembers(given: object): boolean {
  for (let each: object = Object.getPrototypeOf(given); each !== null; each = Object.getPrototypeOf(each)) {
    // The last prototype is `Object.prototype`, of this realm or another.
    if (Object.getPrototypeOf(each) === null) return false;
    for (const [name, { enumerable }] of Object.entries(Object.getOwnPropertyDescriptors(each)))
      if (enumerable === false && name !== 'constructor') return true;
  }
  return false;
}
