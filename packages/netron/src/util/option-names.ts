/** Refuses unknown options, which would otherwise be ignored silently. */
import { described, isRecord } from './check.js';
import { nearestName } from './nearest-name.js';

/** Names of options: the keys of their type, which the compiler compares. */
export type OptionNames<T> = Readonly<Record<T extends unknown ? keyof T : never, true>>;

/** Most names of a list in an error message. */
const longest = 24;

/** Returns the fault in the names of options; `undefined` when all are known. Suggests the nearest name, or lists all when they are few. */
export function unknownOption(given: object, names: Readonly<Record<string, unknown>>): string | undefined {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(names, name)) continue;
    const known = Object.keys(names);
    const likely = nearestName(name, known);
    if (likely !== undefined) return `unknown option '${name}'; did you mean '${likely}'?`;
    return `unknown option '${name}'${known.length > longest ? '' : `; known: ${known.join(', ')}`}`;
  }
  return undefined;
}

/**
 * Refuses values that are not a record of options, and unknown names. `undefined` stands for no options.
 *
 * @param where names the place of the options in the error message
 * @throws TypeError
 */
export function checkOptions(where: string, given: unknown, names: Readonly<Record<string, unknown>>): void {
  if (given === undefined) return;
  if (!isRecord(given))
    throw new TypeError(`${where}: options must be an object (${Object.keys(names).join(', ')}), not ${described(given)}`);
  const fault = unknownOption(given, names);
  if (fault !== undefined) throw new TypeError(`${where}: ${fault}`);
}
