/** Parts of a client that it may do without. Each is loaded by those who connect with it. */
import type { LoadedPart } from './client-loaded.js';
import type { LinkParts } from './peer/link/link-parts.js';

/** Part of a client, for the option `with` of `connect`. */
export interface ClientPart {
  readonly name: keyof LinkParts;
  /** @internal */
  load(): Promise<LoadedPart>;
}

/**
 * Part of a client by which the other end calls functions and service objects that it was sent. Without it they cannot be sent,
 * and calls of the other end are refused with `unimplemented`.
 */
export function callbacks(): ClientPart {
  return { name: 'callbacks', load: async () => (await import('./client-callbacks.js')).callbacksOfClient };
}

/**
 * Part of a client for streams and files, in both directions. Without it they cannot be sent, and a result that is one fails with
 * `unimplemented`.
 */
export function streams(): ClientPart {
  return {
    name: 'streams',
    load: async () => ({ parts: { streams: (await import('./peer/streams/stream-part.js')).streamPart } }),
  };
}
