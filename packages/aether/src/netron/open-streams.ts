import type { Signal } from '../reactive/signal.js';
import type { NetronClient } from './client.js';

/** A stream that a component uses. */
export interface OpenStream {
  /** `service.method`. */
  readonly name: string;
  readonly args: readonly unknown[];
  received: number;
  readonly state: {
    readonly data: Signal<unknown>;
    readonly status: Signal<string>;
    readonly error: Signal<Error | undefined>;
  };
}

const known = /* @__PURE__ */ new WeakMap<NetronClient, Set<OpenStream>>();

/** Returns the streams of an application, in the order in which they were opened. For development tools. */
export function openStreams(client: NetronClient): Set<OpenStream> {
  const streams = known.get(client) ?? new Set();
  known.set(client, streams);
  return streams;
}
