/**
 * Diagnostics channels for what a node does besides answering calls (for those see `call-observer.ts`): each publishes
 * `start` and `asyncEnd` with one context object, and `error` in between when there was one. Unsubscribed they cost a
 * look at a flag.
 */
import { tracing } from '#platform';

/** `tracing:netron:request:*`, calls this node makes: `{ service, method, error? }`. */
const requests = tracing('netron:request');
/** `tracing:netron:stream:*`: `{ peer, direction, stream, error? }`. */
const streams = tracing('netron:stream');
/** `tracing:netron:connection:*`, from handshake to end: `{ peer, address, error? }`. */
const connections = tracing('netron:connection');

/** Ends what was traced. */
export type EndTrace = (error?: unknown) => void;

/** Traces a call this node makes. */
export function traceRequest(label: { readonly service: string; readonly method: string }, result: Promise<unknown>): void {
  if (!requests.active) return;
  const end = begin(requests, { service: label.service, method: label.method });
  result.then(
    () => end(),
    (error: unknown) => end(error),
  );
}

/** Traces a stream, `undefined` when nobody watches. */
export function traceStream(peer: string, direction: 'in' | 'out', stream: number): EndTrace | undefined {
  return streams.active ? begin(streams, { peer, direction, stream }) : undefined;
}

/** Traces a connection, `undefined` when nobody watches. */
export function traceConnection(peer: string, address: string): EndTrace | undefined {
  return connections.active ? begin(connections, { peer, address }) : undefined;
}

function begin(channel: typeof requests, context: Record<string, unknown>): EndTrace {
  channel.start(context);
  return (error) => {
    if (error !== undefined) {
      context.error = error;
      channel.error(context);
    }
    channel.asyncEnd(context);
  };
}
