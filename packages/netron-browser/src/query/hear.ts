/** Listens to the state of the page as the program tells it. */

import { attempt } from '../util/attempt.js';
import type { Activity, ActivityEvent } from './activity.js';

/**
 * Listens to changes of the page's state. If `listen` of the program fails, the console tells so, and nothing is heard.
 *
 * @returns a function that removes the listener, and never fails
 */
export function hear(activity: Activity, listener: (event: ActivityEvent) => void): () => void {
  let stop: (() => unknown) | undefined;
  attempt(() => {
    const given: unknown = activity.listen(listener);
    if (typeof given === 'function') stop = given as () => unknown;
    else {
      // A promise is refused as well, and its failure is not told beside that.
      void Promise.resolve(given).catch(() => {});
      throw new TypeError('it returns a function that removes the listener');
    }
  }, 'activity.listen');
  return () => {
    if (stop !== undefined) attempt(stop, 'the function that activity.listen returned');
  };
}
