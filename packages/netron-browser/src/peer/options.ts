import type { Clock } from '@omnitron-dev/netron/http/client';
import type { HttpCacheManager } from '../cache/cache-manager.js';
import type { CacheManagerOptions } from '../cache/options.js';
import type { Activity } from '../query/activity.js';
import type { RecordWrites } from '../query/optimistic.js';
import type { QueueOptions } from '../queue/queue-switch.js';
import type { BodyCodec } from '../request/codec.js';
import type { CredentialOptions } from '../request/credentials.js';
import type { MiddlewareFunction, NetronMiddleware } from '../request/middleware.js';
import type { Fetch } from '../request/outgoing-call.js';
import type { RetryManager } from '../retry/retry-manager.js';
import type { RetryManagerOptions } from '../retry/retry-options.js';
import { given } from '../util/given.js';

/** Options of `HttpRemotePeer`. All times in milliseconds. */
export interface HttpPeerOptions extends CredentialOptions {
  /** Stands for the server in keys of the cache, so that two addresses of one server share theirs. Default: the address. */
  readonly name?: string;
  /** Path of the node's calls. Default `/netron`, or the path of the address where it has one. */
  readonly path?: string;
  /** Sent with every request; those of a call win. An `Authorization` stands instead of the token. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For a call with all its attempts; and once more for what the program does before and behind it: tokens, middleware, checks. Default 30,000. */
  readonly timeout?: number;
  /** Requests under way at a time; the others wait, by their priority. Default 16; 200 with `batch`. */
  readonly maxConcurrent?: number;
  /**
   * Whether calls of one turn go as one request, answered one by one as they are done; or how many of them at most. Caches
   * between page and server do not see such reads. Default `false`; `true` is 100, which is what servers take.
   */
  readonly batch?: boolean | number;
  /**
   * Changes made with `queued()` are stored before they are sent, wait for the network, and go on after a reload, under the same
   * key: one effect each. Default: none.
   */
  readonly queue?: boolean | QueueOptions;
  /** Default: a cache of its own. One may serve several peers. */
  readonly cache?: HttpCacheManager | CacheManagerOptions;
  /** Default: nothing is repeated but where `retry` says so for a call. */
  readonly retry?: RetryManager | RetryManagerOptions;
  readonly middleware?: readonly (NetronMiddleware | MiddlewareFunction)[];
  /** Whether the browser's own credentials, cookies for instance, go along, as in `fetch`. Netron's own server reads none. */
  readonly credentials?: RequestCredentials;
  /** How arguments and results are written. Default: rich JSON. */
  readonly codec?: BodyCodec;
  /** Takes back what optimistic updates write outside of the cache, for instance to signals. */
  readonly recordWrites?: RecordWrites;
  /**
   * Whether reads on display are fetched anew when the server says that they are out of date: over one stream for all tabs,
   * open while there are any. Default: in pages.
   */
  readonly live?: boolean;
  /** Address of the server's connections in both directions, see `duplex()`; `never`: there are none. Default: the same by WebSocket. */
  readonly duplex?: string;
  /** Told once of each version of a service that the server has instead of the one that this page knows. */
  skewed?(skew: { readonly service: string; readonly known: string; readonly server: string }): void;
  /** Default: the runtime's. */
  readonly fetch?: Fetch;
  /** Default: the page's. */
  readonly activity?: Activity;
  /** Default: the platform's. */
  readonly clock?: Clock;
}

const names: Record<keyof HttpPeerOptions, true> = {
  activity: true,
  batch: true,
  cache: true,
  clock: true,
  codec: true,
  credentials: true,
  duplex: true,
  fetch: true,
  headers: true,
  identity: true,
  live: true,
  maxConcurrent: true,
  middleware: true,
  name: true,
  path: true,
  queue: true,
  recordWrites: true,
  refresh: true,
  retry: true,
  skewed: true,
  timeout: true,
  token: true,
};

/** @throws TypeError when options are no object, or one of them has no name that is known: it would be an option that is not there */
export function readPeerOptions(options: HttpPeerOptions): HttpPeerOptions {
  return given('HttpRemotePeer', options, names);
}
