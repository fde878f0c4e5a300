import { checkOptions, type OptionNames, readOptions } from '@omnitron-dev/netron';

/**
 * Reads options once, when they are given, inherited ones too: what becomes of the object afterwards changes nothing.
 *
 * @param where they stand, for the message
 * @throws TypeError for what is no object, for instances of a class with methods or getters, and for names that are no options
 */
export function readSettings<T extends object>(where: string, given: T, names: OptionNames<T>): T {
  if (typeof given !== 'object' || given === null) checkOptions(where, given ?? null, names);
  const read = readOptions(given, `${where}: options`);
  checkOptions(where, read, names);
  return read;
}
