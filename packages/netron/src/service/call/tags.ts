/** Functions by which methods say what their results show and what they change, for caches and for those who show them. */
import { checkTag } from './call-tags.js';
import { getCallContext } from './current-call.js';

/**
 * Says what the result of the current call shows, besides the `tags` of its annotation `cache`: `tag('user:42')`. Clients
 * over HTTP hear when it is out of date.
 *
 * @throws NetronError `failed_precondition` outside of a call, see `getCallContext`
 * @throws TypeError for what is no tag: a text of 1 to 256 characters
 */
export function tag(...names: string[]): void {
  const { told } = getCallContext();
  for (const name of names) told.shown.add(checkTag(name));
}

/**
 * Says what the current call makes out of date, besides its annotation `invalidates`: `invalidate('user:42')`. Callers hear
 * of it when the call has succeeded. Outside of calls: `netron.invalidate`.
 *
 * @throws NetronError `failed_precondition` outside of a call, see `getCallContext`
 * @throws TypeError for what is no tag: a text of 1 to 256 characters
 */
export function invalidate(...names: string[]): void {
  const call = getCallContext();
  const { outdated } = call.told;
  const first = outdated.size === 0;
  for (const name of names) outdated.add(checkTag(name));
  if (first) call.tellOutdated();
}
