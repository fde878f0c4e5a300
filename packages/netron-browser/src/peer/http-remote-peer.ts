/** A Netron server as a page sees it: services over HTTP, with a cache in front. */

import type { RemotePeer } from '@omnitron-dev/netron/client';
import {
  createProxy,
  type ErrorClass,
  type ErrorClassOptions,
  NetronError,
  type Queried,
  readOptions,
} from '@omnitron-dev/netron/http/client';
import { HttpCacheManager } from '../cache/cache-manager.js';
import type { CacheStats } from '../cache/options.js';
import type { InvalidationPattern } from '../cache/patterns.js';
import { settingsOf } from '../fluent/query-settings.js';
import { none } from '../fluent/settings.js';
import type { ArgsOf, FluentInterface, MethodName, QueryOptions, ResultOf } from '../fluent/types.js';
import { LiveSwitch } from '../live/live-switch.js';
import { LiveQuery, type Query } from '../query/query.js';
import { Reads } from '../query/reads.js';
import { ChangeQueue } from '../queue/queue-switch.js';
import type { TokenSource } from '../request/credentials.js';
import type { MiddlewareFunction, NetronMiddleware } from '../request/middleware.js';
import type { RetryManager } from '../retry/retry-manager.js';
import { TimeLimit, within } from '../util/limit.js';
import { load } from '../util/load.js';
import { baseOf } from './addresses.js';
import { Caller } from './caller.js';
import { type HttpPeerOptions, readPeerOptions } from './options.js';
import { type PeerParts, partsOf } from './parts.js';
import { type Invoke, ServiceTarget, type StreamOf } from './service-target.js';

/** Name of a service in `watch` and `prefetch`, with or without version or range. */
export type ServiceName = string;

/**
 * Calls the services of a Netron server over HTTP. Nothing is sent before the first call, and no connection is held.
 *
 * ```ts
 * const peer = new HttpRemotePeer('https://api.example.com');
 * const users = await peer.queryFluentInterface<UserService>('users@^1.0.0');
 * const user = await users.cache(60_000).find('7');
 * ```
 */
export class HttpRemotePeer {
  readonly url: string;
  /** Changes that wait for the network; `undefined` without the option `queue`. */
  readonly queue: ChangeQueue | undefined;
  readonly #parts: PeerParts;
  readonly #options: HttpPeerOptions;
  readonly #queries = new Set<Pick<LiveQuery<unknown>, 'speakerChanged' | typeof Symbol.dispose>>();
  #reads: Reads;
  #ownCache: boolean;
  #caller: Caller;
  #live: LiveSwitch | undefined;

  /**
   * @param url of the server: `https://api.example.com`, or with the path of its calls
   * @throws TypeError when `url` is no address, or an option is wrong or unknown
   */
  constructor(url: string, given: HttpPeerOptions = {}) {
    const options = readPeerOptions(given);
    this.url = baseOf(url, options.path);
    this.#options = options;
    const parts = partsOf(this.url, options);
    this.#parts = parts;
    const { clock, credentials, activity } = parts;
    const { cache, queue } = options;
    if (queue !== undefined && queue !== false) {
      const invalidate = (tags: readonly string[]) => this.invalidate(tags);
      const stored = () => load(import('./stored-calls.js'), 'stored changes');
      this.queue = new ChangeQueue(queue === true ? {} : queue, {
        clock,
        activity,
        owner: () => {
          const principal = credentials.principal();
          return stored().then(({ nameOf }) => nameOf(principal, parts));
        },
        present: () => stored().then(({ presentName }) => presentName(parts)),
        send: (call) => stored().then(({ sendStored }) => sendStored(call, { ...parts, invalidate })),
        window: (call) => stored().then(({ windowOf }) => windowOf(call, parts)),
      });
    }
    this.#ownCache = !(cache instanceof HttpCacheManager);
    this.#reads = this.#newReads(
      cache instanceof HttpCacheManager
        ? cache
        : new HttpCacheManager({ clock, ...(cache && readOptions(cache, 'options of cache')) }),
    );
    this.#caller = this.#newCaller();
  }

  /**
   * A service with its methods.
   *
   * @param name with or without version or range: `users`, `users@^1.0.0`
   * @throws NetronError `not_found`, `unauthenticated`, `unavailable`, …
   */
  async queryInterface<T extends object>(name: string): Promise<Queried<T>> {
    return createProxy(await this.#target(name)) as Queried<T>;
  }

  /** A service whose calls can be given settings: `users.cache(60_000).retry(3).find('7')`. */
  async queryFluentInterface<T extends object>(name: string): Promise<FluentInterface<T>> {
    const code = load(import('../fluent/fluent.js'), 'fluent interfaces');
    const [target, { createFluent }] = await Promise.all([this.#target(name), code]);
    return createFluent(target) as FluentInterface<T>;
  }

  /**
   * A read that stays: it shows what is cached, fetches what is out of date, and follows every change. Arguments that cannot be sent
   * are its error, which names their path.
   *
   * @throws TypeError when an option is wrong or unknown
   */
  watch<T extends object, M extends MethodName<T> = MethodName<T>, R = ResultOf<T, M>>(
    service: ServiceName,
    method: M,
    args: ArgsOf<T, M>,
    options: QueryOptions<ResultOf<T, M>, R> = {},
  ): Query<R> {
    const settings = settingsOf(options as QueryOptions<never, unknown>);
    const plan = () => this.#caller.plan(service, method, args as unknown[], settings);
    const first = plan();
    const query = new LiveQuery<R>({
      reads: this.#reads,
      plan,
      settings,
      activity: this.#parts.activity,
      clock: this.#parts.clock,
      ended: () => this.#queries.delete(query),
    });
    this.#queries.add(query);
    query.start(first);
    return query;
  }

  /**
   * Fetches what is out of date of a read, so that it is there when it is needed. What the fetch fails with is not told.
   *
   * @throws TypeError when an option is wrong or unknown
   */
  async prefetch<T extends object, M extends MethodName<T> = MethodName<T>>(
    service: ServiceName,
    method: M,
    args: ArgsOf<T, M>,
    options: QueryOptions<ResultOf<T, M>> = {},
  ): Promise<void> {
    const { clock, timeout } = this.#parts;
    const settings = settingsOf(options as QueryOptions<never>);
    const plan = this.#caller.plan(service, method, args as unknown[], settings);
    const limit = new TimeLimit(clock, settings.timeout ?? timeout, settings.signal, `${service}.${method}`);
    const known = plan instanceof Promise ? await within(plan, limit) : plan;
    await this.#reads.read(known, limit).catch(() => {});
  }

  /** Takes another cache, which may serve several peers. Not while queries are open. */
  setCacheManager(manager: HttpCacheManager): this {
    if (!(manager instanceof HttpCacheManager)) throw new TypeError('setCacheManager takes an HttpCacheManager');
    if (this.#queries.size > 0) throw new NetronError('failed_precondition', 'queries are open: set the cache before the first');
    if (this.#ownCache) this.#reads.cache.close();
    this.#ownCache = false;
    this.#caller.close();
    this.#live?.close();
    this.#reads = this.#newReads(manager);
    this.#caller = this.#newCaller();
    return this;
  }

  /** Takes a retry manager, which may serve several peers; from now on calls are repeated by its options. */
  setRetryManager(manager: RetryManager): this {
    this.#parts.retry.use(manager);
    return this;
  }

  /**
   * Adds middleware; lower priorities run first.
   *
   * @throws TypeError when it is none, its stage is unknown, or an option is
   */
  use(middleware: NetronMiddleware | MiddlewareFunction, options?: { priority?: number; stage?: string }): this {
    this.#parts.pipeline.use(middleware, options);
    return this;
  }

  /**
   * Speaks for somebody else from now on. What was cached for others is not shown to them. Queries show what is theirs; a connection
   * in both directions is closed, so that calls over it fail and subscriptions of it end.
   */
  setToken(token: TokenSource): this {
    const { credentials, duplex } = this.#parts;
    credentials.set(token);
    duplex.end().catch(() => {});
    this.#live?.speakerChanged();
    for (const query of [...this.#queries]) query.speakerChanged();
    this.queue?.resume().catch(() => {});
    return this;
  }

  /** Makes a class of errors known, so that its instances arrive as such. */
  registerError<E extends Error>(ErrorClass: ErrorClass<E>, options?: ErrorClassOptions<NoInfer<E>>): this {
    this.#parts.errors.register(ErrorClass, options);
    return this;
  }

  /** Says that cached results are out of date: a tag, a service, `service.method`, a text with `*`, a list, a RegExp. */
  invalidate(pattern: InvalidationPattern): void {
    this.#reads.cache.invalidate(pattern);
  }

  getCacheStats(): CacheStats {
    return this.#reads.cache.getStats();
  }

  /** The cache in use. */
  get cache(): HttpCacheManager {
    return this.#reads.cache;
  }

  /**
   * A connection in both directions to the same server, with the same credentials, for events, functions and references. Made,
   * and its code loaded, with the first call of this.
   *
   * @throws NetronError `unimplemented` when the option `duplex` is `never`; what connecting fails with
   */
  async duplex(): Promise<RemotePeer> {
    return this.#parts.duplex.peer();
  }

  /** Ends all queries and, unless it was given, the cache. Calls under way end as they do, later ones with `unavailable`. */
  async close(): Promise<void> {
    this.#parts.transmitter.close();
    for (const query of [...this.#queries]) query[Symbol.dispose]();
    this.#caller.close();
    this.#live?.close();
    this.queue?.close();
    this.#parts.credentials.close();
    await this.#parts.duplex.close();
    if (this.#ownCache) this.#reads.cache.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Whether this peer has read what its cache, which others may read as well, holds by a key. */
  hasRead(key: string): boolean {
    return this.#reads.has(key);
  }

  /** Reads through a cache whose entries are kept up to date. */
  #newReads(cache: HttpCacheManager): Reads {
    const { live = 'document' in globalThis } = this.#options;
    const switched = live ? new LiveSwitch({ ...this.#parts, cache }) : undefined;
    this.#live = switched;
    return new Reads(cache, (entry) => switched?.changed(entry));
  }

  #newCaller(): Caller {
    const { bodies, ...parts } = this.#parts;
    const { recordWrites: record } = this.#options;
    return new Caller({ ...parts, reads: this.#reads, json: bodies.json, record, queue: this.queue });
  }

  async #target(name: string): Promise<ServiceTarget> {
    const { services, duplex } = this.#parts;
    const service = await services.describe(name);
    const streams = service.members.some(({ kind }) => kind === 'stream');
    const stream: StreamOf = streams
      ? (await load(import('../request/service-stream.js'), 'streams')).serviceStream
      : (opened) => opened;
    const invoke: Invoke = (member, args, settings) => this.#caller.call(service, member, args, settings);
    return new ServiceTarget(service, none, duplex, invoke, stream);
  }
}
