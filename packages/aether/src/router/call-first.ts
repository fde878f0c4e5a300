import type { EventHandler } from '../view/element-events.js';

/**
 * Calls the handler of the one who uses a link or a form, who may prevent what that does. What it throws prevents it, too, rather
 * than let the browser do it.
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
