/** Facts of a reply for caches: receives the terms of a member and what its method has said, writes it as headers or fields. */

import type { CallTags } from '../service/call/call-tags.js';
import type { Live } from './live/live.js';
import type { MemberTerms } from './member-terms.js';

/** Facts that go with a result. */
export interface Told {
  /** Names of what the result shows; sealed where clients can listen to them. */
  readonly tags: readonly string[];
  /** Names of what the call has made out of date. */
  readonly invalidates: readonly string[];
  /** Position of the node's log before the call began; `undefined` when nothing is said of caches. */
  readonly cursor: string | undefined;
}

const nothing: Told = { tags: [], invalidates: [], cursor: undefined };

/**
 * Gathers what is to be said with a result.
 *
 * @param cursor of the node's log before the call began
 */
export function toldOf(
  { tags: declared, invalidates: outdated }: Pick<MemberTerms, 'tags' | 'invalidates'>,
  said: CallTags | undefined,
  live: Live | undefined,
  cursor: string | undefined,
): Told | Promise<Told> {
  if (said === undefined && declared.length === 0 && outdated.length === 0) return nothing;
  const shown = said === undefined || said.shown.size === 0 ? declared : [...new Set([...declared, ...said.shown])];
  const invalidates = said === undefined ? outdated : [...said.outdated];
  const sealed = live === undefined || shown.length === 0 ? shown : live.seals.seal(shown);
  if (!(sealed instanceof Promise)) return { tags: sealed, invalidates, cursor };
  return sealed.then((tags) => ({ tags, invalidates, cursor }));
}

/** The same as headers. */
export function toldHeaders({ tags, invalidates, cursor }: Told): string[] {
  if (tags.length === 0 && invalidates.length === 0) return [];
  return [
    ...(tags.length > 0 ? ['netron-tags', list(tags)] : []),
    ...(invalidates.length > 0 ? ['netron-invalidates', list(invalidates)] : []),
    ...(cursor === undefined ? [] : ['netron-cursor', cursor]),
  ];
}

function list(names: readonly string[]): string {
  return names.map(encodeURIComponent).join(', ');
}
