/** Events by the names of properties. */
import type { Binder } from './binding.js';
import { listen } from './listener.js';

/** `on:custom`, or `onClick` with an optional suffix `Capture`; `onGotPointerCapture` is an event. */
const pattern = /^on(?::(.+)|((?:Got|Lost)PointerCapture|.+?)(Capture)?)$/;

/** Listeners by property name, because rows of a list share them. */
const known = new Map<string, Binder>();

/** Listens to the events named by a property. */
export const listenBy: Binder = (element, name, handler, before) => {
  let binder = known.get(name);
  if (binder === undefined) {
    const [, custom, event = '', capture] = pattern.exec(name) as (string | undefined)[];
    binder = listen(custom ?? event.toLowerCase(), capture !== undefined);
    known.set(name, binder);
  }
  return binder(element, name, handler, before);
};
