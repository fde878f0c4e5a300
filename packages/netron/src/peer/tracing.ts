/**
 * Diagnostics channels for the activities of a node other than answering calls (see `service/call/observer.ts` for those). Each publishes
 * `start` and `asyncEnd` with one context object, and `error` in between after a failure. Without subscribers they cost one check of a
 * flag, and nothing in browsers, which have no such channels.
 */
import { events } from '#platform';

export { type EndTrace, events, requests, traceConnection, traceStream } from '#platform';

/** Notifies observers of an event while `handOver` delivers it. Check `events.active` first. */
export function observeEvent(peer: string, direction: 'in' | 'out', event: string, data: unknown, handOver: () => void): void {
  const record = { peer, direction, event, data };
  events.run(record, handOver);
  events.end(record);
}
