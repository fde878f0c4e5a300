/** Listens to the state of the page as the program tells it. */

import { attempt } from '../util/attempt.js';
import type { Activity, ActivityEvent } from './activity.js';

/**
 * Listens to changes of the page's state. Failures of the program's `listen`, or a result that is no function, go to the console.
 *
 * @returns a function that removes the listener, and never fails
 */
export function listenTo(activity: Activity, listener: (event: ActivityEvent) => void): () => void {
  let stop: unknown;
  attempt(() => (stop = activity.listen(listener)), 'activity.listen');
  return () => attempt(() => (stop as () => unknown)(), 'activity.listen');
}
