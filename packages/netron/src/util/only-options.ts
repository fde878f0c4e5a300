import { described } from './check.js';

/**
 * Refuses values that are not options, and unknown options, with a list of the known ones. For code that pages load: a search for the
 * nearest name would be code for programs that do not run yet.
 *
 * @param where names the place of the options in the error message
 * @param names has a property for each option
 * @throws TypeError
 */
export function onlyOptions(where: string, given: unknown, names: object): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new TypeError(`${where}: options must be an object (${Object.keys(names).join(', ')}), not ${described(given)}`);
  for (const name of Object.keys(given))
    if (!Object.hasOwn(names, name))
      throw new TypeError(`${where}: unknown option '${name}'; known: ${Object.keys(names).join(', ')}`);
}
