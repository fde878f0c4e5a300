import type { RichJson } from './rich-json.js';

/**
 * Rejects because the arguments of a read have no cache key.
 *
 * @throws NetronError `invalid_argument` that names the path of a value that cannot be sent; TypeError for values that can be sent but not
 *   compared, such as files
 */
export async function refuseArgs(read: string, args: readonly unknown[], json: RichJson): Promise<never> {
  await json.write(args);
  throw new TypeError(`${read}: arguments of a query must be plain data, at most 32 levels deep`);
}
