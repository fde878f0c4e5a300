/** Listens to the page's state, whose source the program may replace. */
import { attempt } from '../util/attempt.js';
import type { Activity, ActivityEvent } from './activity.js';

/**
 * Listens to changes of the page's state. An error of `listen`, or a result that is not a function, goes to the console.
 *
 * @returns a function that removes the listener, and never fails
 */
export function listenTo(activity: Activity, listener: (event: ActivityEvent) => void): () => void {
  let stop: unknown;
  attempt(() => (stop = activity.listen(listener)), 'activity.listen');
  return () => attempt(() => (stop as () => unknown)(), 'activity.listen');
}
