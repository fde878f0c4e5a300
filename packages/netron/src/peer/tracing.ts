/**
 * Diagnostics channels for what a node does besides answering calls (for those see `service/call/observer.ts`): each publishes
 * `start` and `asyncEnd` with one context object, and `error` in between when there was one. Unsubscribed they cost a
 * look at a flag, and in browsers, which have none, nothing.
 */
export { type EndTrace, traceConnection, traceRequest, traceStream } from '#platform';
