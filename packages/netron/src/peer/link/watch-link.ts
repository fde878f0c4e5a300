import { Watchers } from '../../util/watchers.js';
import type { Outbox } from './outbox.js';

/** The members of a watched link. */
export interface WatchedLink {
  readonly outbox: Pick<Outbox, 'watchers'>;
}

/**
 * Calls `look` when the pending work of a link may have decreased: when a message has arrived or is about to be sent, when deadlines have
 * passed, and when the link has ended. The call comes from the middle of these operations: examine the link in a later turn.
 *
 * @returns a function that stops watching
 */
export function watchLink({ outbox }: WatchedLink, look: () => void): () => void {
  outbox.watchers ??= new Watchers();
  return outbox.watchers.add(look);
}
