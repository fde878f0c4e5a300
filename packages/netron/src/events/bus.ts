import type { LooseEvents } from './event-map.js';
import { EventHub } from './hub.js';

/**
 * A standalone event bus: its creator closes it. A node is an event hub, too, which is closed when the node stops.
 *
 * @typeParam Events maps names to data; without it, every name and any data is accepted
 */
export class EventBus<Events extends object = LooseEvents> extends EventHub<Events> {
  /** Ends every subscription and discards waiting events. */
  close(): void {
    this.end();
  }
}
