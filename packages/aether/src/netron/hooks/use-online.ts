import { pageActivity } from '@omnitron-dev/netron-browser';
import { effect } from '../../reactive/effect.js';
import { type Signal, signal } from '../../reactive/signal.js';
import { hydration } from '../../view/hydration.js';

/**
 * Returns whether the page has a network, as far as the browser knows. On a server: `true`. A page that is hydrated without a network, for
 * instance from the cache of a service worker, starts with that, too, and changes as soon as it is hydrated.
 */
export function useOnline(): Signal<boolean> {
  const activity = pageActivity();
  const isHydrating = hydration.cursor !== undefined;
  const online = signal(isHydrating || activity.online);
  const read = () => online.set(activity.online);
  effect(() => {
    if (isHydrating) queueMicrotask(read);
    return activity.listen(read);
  });
  return online;
}
