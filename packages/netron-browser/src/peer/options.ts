import type { Clock } from '@omnitron-dev/netron/http/client';
import { cacheNames, type HttpCacheManager } from '../cache/cache-manager.js';
import type { CacheManagerOptions } from '../cache/options.js';
import { readers } from '../fluent/query-settings.js';
import type { Activity } from '../query/activity.js';
import type { RecordWrites } from '../query/optimistic.js';
import type { QueueOptions } from '../queue/change-queue.js';
import type { BodyCodec } from '../request/codec.js';
import type { CredentialOptions } from '../request/credentials.js';
import type { MiddlewareFunction, NetronMiddleware } from '../request/middleware.js';
import type { Fetch } from '../request/outgoing-call.js';
import type { RetryManager } from '../retry/retry-manager.js';
import { optionNames, type RetryManagerOptions } from '../retry/retry-options.js';
import { checkedOptions } from '../util/checked-options.js';

/** Options of `HttpRemotePeer`. All times are in milliseconds. */
export interface HttpPeerOptions extends CredentialOptions {
  /** Name of the server in keys of the cache. Two addresses of one server with the same name share entries. Default: the address. */
  readonly name?: string;
  /** Path of the node's calls. Default: the path of the address, or `/netron` when it has none. */
  readonly path?: string;
  /** Sent with every request; headers of a call override them. An `Authorization` header replaces the token. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Time for a call with all its attempts. The program's own steps (tokens, middleware, validation) have the same time once more. Default
   * 30,000.
   */
  readonly timeout?: number;
  /** Most requests in flight; further calls wait, by priority. Default 16; 200 with `batch`. */
  readonly maxConcurrent?: number;
  /**
   * Whether calls of one turn are sent as one request, or the most calls of such a request. Each call is answered as soon as it is done.
   * Caches between page and server do not see batched reads. Default `false`; `true` means 100, the limit of servers.
   */
  readonly batch?: boolean | number;
  /**
   * Stores changes made with `queued()` before they are sent. They wait for the network and survive a reload; the idempotency key stays the
   * same, so that each takes effect once. Default: none.
   */
  readonly queue?: boolean | QueueOptions;
  /** The cache, or options of the peer's own. One cache may serve several peers. */
  readonly cache?: HttpCacheManager | CacheManagerOptions;
  /** Retries. Default: only calls whose settings ask for retries are retried. */
  readonly retry?: RetryManager | RetryManagerOptions;
  readonly middleware?: readonly (NetronMiddleware | MiddlewareFunction)[];
  /** Whether the browser sends its own credentials, such as cookies, as in `fetch`. Netron's server reads none. */
  readonly credentials?: RequestCredentials;
  /** Codec of arguments and results. Default: rich JSON. */
  readonly codec?: BodyCodec;
  /** Undoes the writes of optimistic updates outside of the cache, for instance to signals. */
  readonly recordWrites?: RecordWrites;
  /**
   * Whether values on display are fetched again when the server reports them stale, over one stream for all tabs that is open while there
   * are such values. Default: in pages.
   */
  readonly live?: boolean;
  /** WebSocket address of duplex connections, see `duplex()`; `never` turns them off. Default: the address of the server. */
  readonly duplex?: string;
  /** Called once for each version of a service at the server that differs from the version that this page knows. */
  skewed?(skew: { readonly service: string; readonly known: string; readonly server: string }): void;
  /** Default: the `fetch` of the runtime. */
  readonly fetch?: Fetch;
  /** Default: the state of the page. */
  readonly activity?: Activity;
  /** Default: the clock of the platform. */
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

/** @throws TypeError when `options` is not an object, or an option is unknown */
export function readPeerOptions(options: HttpPeerOptions): HttpPeerOptions {
  return checkedOptions('HttpRemotePeer', options, names);
}

/**
 * Objects with a property for each known option, for programs that check options before they create a peer or call a service. It is in this file
 * because pages load the file with the peer: in a file of its own it would make them load all that the entry of the package imports.
 */
export const knownOptions: Readonly<Record<'peer' | 'cache' | 'retry' | 'call', object>> = {
  peer: names,
  cache: cacheNames,
  retry: optionNames,
  call: readers,
};
