/** Reads option objects: names are checked, and each property is read once. */
import { onlyOptions, readOptions } from '@omnitron-dev/netron/http/client';

/**
 * Reads options, inherited ones included. Getters run once, and later changes to the object have no effect.
 *
 * @param where names the place of the options in the error message
 * @param names has a property for each known option
 * @throws TypeError when `options` is not an object, or an option is unknown
 */
export function checkedOptions<T extends object>(where: string, options: T, names: object): T {
  const read = readOptions(options, `options of ${where}`);
  onlyOptions(where, read, names);
  return read;
}
