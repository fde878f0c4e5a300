/** Tags and positions that a reply carries for caches, from the annotations of a member and from its method, as headers or fields. */

import type { CallTags } from '../service/call/call-tags.js';
import { wellFormed } from '../wire/surrogates.js';
import type { Live } from './live/live.js';
import type { MemberTerms } from './member-terms.js';

/** Facts that accompany a result. */
export interface ResultMetadata {
  /** Tags of the result; sealed where clients can subscribe to them. */
  readonly tags: readonly string[];
  /** Tags that the call has invalidated. */
  readonly invalidates: readonly string[];
  /** Position of the node's log before the call started; `undefined` when the reply carries nothing for caches. */
  readonly cursor: string | undefined;
}

const noHeaders: readonly string[] = [];
const none: ResultMetadata = { tags: [], invalidates: [], cursor: undefined };

/**
 * Collects the facts that accompany a result.
 *
 * @param cursor of the node's log before the call started
 */
export function metadataOf(
  { tags: declared, invalidates: outdated }: Pick<MemberTerms, 'tags' | 'invalidates'>,
  dynamic: CallTags | undefined,
  live: Live | undefined,
  cursor: string | undefined,
): ResultMetadata | Promise<ResultMetadata> {
  if (dynamic === undefined && declared.length === 0 && outdated.length === 0) return none;
  const shown = dynamic === undefined || dynamic.shown.size === 0 ? declared : [...new Set([...declared, ...dynamic.shown])];
  const invalidates = dynamic === undefined ? outdated : [...dynamic.outdated];
  const sealed = live === undefined || shown.length === 0 ? shown : live.seals.seal(shown);
  if (!(sealed instanceof Promise)) return { tags: sealed, invalidates, cursor };
  return sealed.then((tags) => ({ tags, invalidates, cursor }));
}

/** Returns them as headers. */
export function metadataHeaders({ tags, invalidates, cursor }: ResultMetadata): readonly string[] {
  if (tags.length === 0 && invalidates.length === 0) return noHeaders;
  return [
    ...(tags.length > 0 ? ['netron-tags', list(tags)] : []),
    ...(invalidates.length > 0 ? ['netron-invalidates', list(invalidates)] : []),
    ...(cursor === undefined ? [] : ['netron-cursor', cursor]),
  ];
}

function list(names: readonly string[]): string {
  return names.map((name) => encodeURIComponent(wellFormed(name))).join(', ');
}
