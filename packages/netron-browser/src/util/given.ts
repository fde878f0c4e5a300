/** Options as they are given: known by name, and read once. */
import { onlyOptions, readOptions } from '@omnitron-dev/netron/http/client';

/**
 * Reads options, inherited ones too: getters run once, and what becomes of the object afterwards changes nothing.
 *
 * @param where they stand, for the message
 * @param names has a property for each
 * @throws TypeError when they are none, or one is unknown
 */
export function given<T extends object>(where: string, options: T, names: object): T {
  const read = readOptions(options, `options of ${where}`);
  onlyOptions(where, read, names);
  return read;
}
