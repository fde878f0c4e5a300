import { Watchers } from '../../util/watchers.js';
import type { Outbox } from './outbox.js';

/** Members of a link that is watched. */
export interface WatchedLink {
  readonly outbox: Pick<Outbox, 'watchers'>;
}

/**
 * Calls `look` when what is under way on a link may be less: when a message has come or is about to leave, when deadlines have
 * passed, and when the link has ended. It is called from inside of these: look in a later turn.
 *
 * @returns ends that
 */
export function watchLink({ outbox }: WatchedLink, look: () => void): () => void {
  outbox.watchers ??= new Watchers();
  return outbox.watchers.add(look);
}
