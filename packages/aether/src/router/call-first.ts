import type { EventHandler } from '../view/element-events.js';

/**
 * Calls the user's handler of a link or a form, which may prevent the default action. An error prevents it, too, so that the
 * browser does not perform it.
 */
export function callFirst<E extends Event, T extends Element>(
  handler: EventHandler<E, T>,
  event: E & { readonly currentTarget: T },
): void {
  try {
    if (typeof handler === 'function') handler.call(event.currentTarget, event);
    else if (handler) handler.handleEvent(event);
  } catch (error) {
    event.preventDefault();
    throw error;
  }
}
