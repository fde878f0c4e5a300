import { pageActivity } from '@omnitron-dev/netron-browser';
import { effect } from '../../reactive/effect.js';
import { type Signal, signal } from '../../reactive/signal.js';

/** Returns whether the page has a network, as far as the browser knows. On a server: `true`. */
export function useOnline(): Signal<boolean> {
  const activity = pageActivity();
  const online = signal(activity.online);
  effect(() => activity.listen(() => online.set(activity.online)));
  return online;
}
