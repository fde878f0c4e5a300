import { described } from './check.js';

/**
 * Refuses what are no options, and options with a name that nobody knows, with the list of those there are: for what pages load, where the nearest name
 * would be code for programs that do not run yet.
 *
 * @param where they stand, for the message
 * @param names has a property for each
 * @throws TypeError
 */
export function onlyOptions(where: string, given: unknown, names: object): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new TypeError(`${where} takes options (${Object.keys(names).join(', ')}), not ${described(given)}`);
  for (const name of Object.keys(given))
    if (!Object.hasOwn(names, name))
      throw new TypeError(`${where} has no option '${name}', only ${Object.keys(names).join(', ')}`);
}
