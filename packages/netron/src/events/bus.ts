import type { LooseEvents } from './event-map.js';
import { EventHub } from './hub.js';

/**
 * A bus that belongs to nobody else: whoever makes it closes it. A node is a hub, too, which ends when it stops.
 *
 * @typeParam Events maps names to data; without it every name and any data is accepted
 */
export class EventBus<Events extends object = LooseEvents> extends EventHub<Events> {
  /** Ends every subscription and forgets what waits. */
  close(): void {
    this.end();
  }
}
