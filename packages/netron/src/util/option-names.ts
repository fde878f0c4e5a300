/** Refuses options with a name that nobody knows: each would be an option that is not there. */
import { described, isRecord } from './check.js';
import { nearestName } from './nearest-name.js';

/** Names of options: the keys of their type, which the compiler compares. */
export type OptionNames<T> = Readonly<Record<T extends unknown ? keyof T : never, true>>;

/** A list that is longer is not read. */
const longest = 24;

/** Returns what is wrong with the names of options; `undefined` when all are known. Names the nearest, or all where they are few. */
export function unknownOption(given: object, names: Readonly<Record<string, unknown>>): string | undefined {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(names, name)) continue;
    const known = Object.keys(names);
    const likely = nearestName(name, known);
    if (likely !== undefined) return `there is no option '${name}'; did you mean '${likely}'?`;
    return `there is no option '${name}'${known.length > longest ? '' : `, only ${known.join(', ')}`}`;
  }
  return undefined;
}

/**
 * Refuses what is no record of options, and names that are not known. `undefined` stands for no options.
 *
 * @param where they stand, for the message
 * @throws TypeError
 */
export function checkOptions(where: string, given: unknown, names: Readonly<Record<string, unknown>>): void {
  if (given === undefined) return;
  if (!isRecord(given)) throw new TypeError(`${where} takes options (${Object.keys(names).join(', ')}), not ${described(given)}`);
  const fault = unknownOption(given, names);
  if (fault !== undefined) throw new TypeError(`${where}: ${fault}`);
}
