/** Functions by which methods name the tags of data that their results contain or that they change, for caches and their readers. */
import { checkTag } from './call-tags.js';
import { getCallContext } from './current-call.js';

/**
 * Adds tags to the result of the current call, besides the `tags` of its annotation `cache`: `tag('user:42')`. HTTP clients are
 * notified when one of the tags is invalidated.
 *
 * @throws NetronError `failed_precondition` outside of a call, see `getCallContext`
 * @throws TypeError for an invalid tag: a tag is a string of 1 to 256 characters
 */
export function tag(...names: string[]): void {
  const { ownTags } = getCallContext();
  for (const name of names) ownTags.shown.add(checkTag(name));
}

/**
 * Invalidates tags when the current call succeeds, besides those of its annotation `invalidates`: `invalidate('user:42')`. Callers are
 * notified when the call has succeeded. Outside of calls: `netron.invalidate`.
 *
 * @throws NetronError `failed_precondition` outside of a call, see `getCallContext`
 * @throws TypeError for an invalid tag: a tag is a string of 1 to 256 characters
 */
export function invalidate(...names: string[]): void {
  const call = getCallContext();
  const { outdated } = call.ownTags;
  const first = outdated.size === 0;
  for (const name of names) outdated.add(checkTag(name));
  if (first) call.tellOutdated();
}
