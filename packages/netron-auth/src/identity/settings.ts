import { checkOptions, type OptionNames, readOptions } from '@omnitron-dev/netron';

/**
 * Reads options once, inherited ones included: later changes to the object have no effect.
 *
 * @param where names the place of the options in the error message
 * @throws TypeError for a value that is not an object, for instances of a class with methods or getters, and for unknown options
 */
export function readSettings<T extends object>(where: string, given: T, names: OptionNames<T>): T {
  if (typeof given !== 'object' || given === null) checkOptions(where, given ?? null, names);
  const read = readOptions(given, `${where}: options`);
  checkOptions(where, read, names);
  return read;
}
