import type { RichJson } from './rich-json.js';

/**
 * Rejects because the arguments of a read have no key.
 *
 * @throws NetronError `invalid_argument` naming the path of what cannot be sent; TypeError for what can, such as files, but not be
 *   told from others
 */
export async function refuseArgs(read: string, args: readonly unknown[], json: RichJson): Promise<never> {
  await json.write(args);
  throw new TypeError(`${read}: arguments of a query are plain data, at most 32 levels deep`);
}
