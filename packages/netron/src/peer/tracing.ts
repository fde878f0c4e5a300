/**
 * Diagnostics channels for what a node does besides answering calls (for those see `service/call/observer.ts`): each publishes
 * `start` and `asyncEnd` with one context object, and `error` in between when there was one. Unsubscribed they cost a
 * look at a flag, and in browsers, which have none, nothing.
 */
import { events } from '#platform';

export { type EndTrace, events, requests, traceConnection, traceStream } from '#platform';

/** Tells observers of an event while `handOver` hands it over. Ask `events.active` before. */
export function observeEvent(peer: string, direction: 'in' | 'out', event: string, data: unknown, handOver: () => void): void {
  const record = { peer, direction, event, data };
  events.run(record, handOver);
  events.end(record);
}
