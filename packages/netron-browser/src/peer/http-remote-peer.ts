/** A Netron server as a page sees it: services over HTTP, behind a cache. */

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
import type { ArgsOf, FluentInterface, MethodName, MutationOptions, QueryOptions, ResultOf } from '../fluent/types.js';
import { LazyLiveData } from '../live/lazy-live-data.js';
import { LiveQuery, type Query } from '../query/query.js';
import { Reads } from '../query/reads.js';
import { ChangeQueue } from '../queue/change-queue.js';
import type { TokenSource } from '../request/credentials.js';
import type { MiddlewareFunction, NetronMiddleware } from '../request/middleware.js';
import type { Principal } from '../request/principal.js';
import type { RetryManager } from '../retry/retry-manager.js';
import { attempt } from '../util/attempt.js';
import { TimeLimit, within } from '../util/limit.js';
import { load } from '../util/load.js';
import { baseOf } from './addresses.js';
import { Caller } from './caller.js';
import { type HttpPeerOptions, readPeerOptions } from './options.js';
import { type PeerParts, partsOf } from './parts.js';
import { type Invoke, ServiceTarget, type StreamOf } from './service-target.js';

/** Name of a service in `watch` and `prefetch`, with or without a version or range. */
export type ServiceName = string;

/**
 * Client of the services of a Netron server over HTTP. It sends nothing before the first call and holds no connection.
 *
 * ```ts
 * const peer = new HttpRemotePeer('https://api.example.com');
 * const users = await peer.queryFluentInterface<UserService>('users@^1.0.0');
 * const user = await users.cache(60_000).find('7');
 * ```
 */
export class HttpRemotePeer {
  readonly url: string;
  /** The queue of changes that wait for the network; `undefined` without the option `queue`. */
  readonly queue: ChangeQueue | undefined;
  readonly #parts: PeerParts;
  readonly #options: HttpPeerOptions;
  readonly #queries = new Set<Pick<LiveQuery<unknown>, 'userChanged' | 'reached' | typeof Symbol.dispose>>();
  readonly #userListeners = new Set<() => void>();
  /** Name of the user for whom the listeners were called last, or the first one was added. */
  #user: string | Promise<string> | undefined;
  #reads: Reads;
  #ownCache: boolean;
  #caller: Caller;
  #live: LazyLiveData | undefined;

  /**
   * @param url address of the server, `https://api.example.com`, optionally with the path of its calls
   * @throws TypeError when `url` is not an address, or an option is wrong or unknown
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
      const stored = () => load(import('./stored-calls.js'), 'stored changes');
      this.queue = new ChangeQueue(queue === true ? {} : queue, {
        clock,
        activity,
        owner: () => {
          const principal = credentials.principal();
          return stored().then(({ nameOf }) => nameOf(principal, parts));
        },
        currentUser: () => stored().then(({ currentUserName }) => currentUserName(parts)),
        send: (call) => stored().then(({ sendStored }) => sendStored(call, parts)),
        unawaited: ({ outdated }) => this.#reads.cache.changed(outdated),
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
   * Returns a service with its methods.
   *
   * @param name with or without a version or range: `users`, `users@^1.0.0`
   * @throws NetronError `not_found`, `unauthenticated`, `unavailable`, …
   */
  async queryInterface<T extends object>(name: string): Promise<Queried<T>> {
    return createProxy(await this.#target(name)) as Queried<T>;
  }

  /**
   * Returns a service whose calls accept settings: `users.cache(60_000).retry(3).find('7')`.
   *
   * @param options settings of every call made through it, as `withQuery` sets them
   * @throws TypeError when an option is wrong
   */
  async queryFluentInterface<T extends object>(
    name: string,
    options?: QueryOptions<never, unknown> & MutationOptions,
  ): Promise<FluentInterface<T>> {
    return this.#fluent(name, options, undefined);
  }

  /**
   * Like `queryFluentInterface`, but all its calls belong to the current user, even when `setToken` names another one before the service is
   * described.
   */
  async fluentInterfaceOfUser<T extends object>(
    name: string,
    options?: QueryOptions<never, unknown> & MutationOptions,
  ): Promise<FluentInterface<T>> {
    return this.#fluent(name, options, this.#parts.credentials.principal());
  }

  async #fluent<T extends object>(
    name: string,
    options: (QueryOptions<never, unknown> & MutationOptions) | undefined,
    principal: Principal | undefined,
  ): Promise<FluentInterface<T>> {
    const code = load(import('../fluent/fluent.js'), 'fluent interfaces');
    const [target, { createFluent, withQuery }] = await Promise.all([this.#target(name, principal), code]);
    const service = createFluent(target) as FluentInterface<T>;
    return options === undefined ? service : withQuery(service, options);
  }

  /**
   * Starts a query: it shows the cached value, fetches it when it is stale, and follows every change. Arguments that cannot be sent do not
   * throw; they become the error of the query, which names their path.
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
   * Fetches a read ahead of its use when the cached value is stale. A failure of the fetch is ignored.
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
    if (this.#reads.hit(known) === undefined) await this.#reads.fetch(known, limit).catch(() => {});
  }

  /** Replaces the cache. One cache may serve several peers. Not allowed while queries are open. */
  setCacheManager(manager: HttpCacheManager): this {
    if (!(manager instanceof HttpCacheManager)) throw new TypeError('setCacheManager: manager must be an HttpCacheManager');
    if (this.#queries.size > 0) throw new NetronError('failed_precondition', 'cannot replace the cache while queries are open');
    if (this.#ownCache) this.#reads.cache.close();
    this.#ownCache = false;
    this.#caller.close();
    this.#live?.close();
    this.#reads = this.#newReads(manager);
    this.#caller = this.#newCaller();
    return this;
  }

  /** Replaces the retry manager. One manager may serve several peers. From now on, calls are retried by its options. */
  setRetryManager(manager: RetryManager): this {
    this.#parts.retry.use(manager);
    return this;
  }

  /**
   * Adds middleware; lower priorities run first.
   *
   * @throws TypeError when it is not middleware, or its stage or an option is unknown
   */
  use(
    middleware: NetronMiddleware | MiddlewareFunction,
    options?: Pick<NetronMiddleware, 'priority' | 'stage' | 'passive'>,
  ): this {
    this.#parts.pipeline.use(middleware, options);
    return this;
  }

  /**
   * Replaces the token, for the same or another user. Values cached for other users are not shown. Queries show the values of the new user;
   * the duplex connection is closed, so that its calls fail and its subscriptions end.
   */
  setToken(token: TokenSource): this {
    const { credentials, duplex } = this.#parts;
    credentials.set(token);
    duplex.end().catch(() => {});
    this.#live?.userChanged();
    for (const query of [...this.#queries]) query.userChanged();
    const before = this.#user;
    if (this.#userListeners.size > 0) this.#user = credentials.principal().owner();
    // A name that is not known synchronously is another promise each time.
    if (this.#user !== before)
      for (const listener of [...this.#userListeners]) if (this.#userListeners.has(listener)) attempt(listener);
    this.queue?.resume().catch(() => {});
    return this;
  }

  /**
   * Calls `listener` when `setToken` has named another user, or when the name of the user is not known synchronously.
   *
   * @returns a function that removes the listener
   */
  onUserChange(listener: () => void): () => void {
    // Once for all listeners: a source of tokens, or middleware, is asked who the user is.
    if (this.#userListeners.size === 0) this.#user = this.#parts.credentials.principal().owner();
    const own = () => listener();
    this.#userListeners.add(own);
    return () => void this.#userListeners.delete(own);
  }

  /** Registers a class of errors, so that its errors arrive as instances of it. */
  registerError<E extends Error>(ErrorClass: ErrorClass<E>, options?: ErrorClassOptions<NoInfer<E>>): this {
    this.#parts.errors.register(ErrorClass, options);
    return this;
  }

  /** Invalidates cached results by a tag, a service, `service.method`, a string with `*`, a list, or a RegExp. */
  invalidate(pattern: InvalidationPattern): void {
    this.#reads.cache.invalidate(pattern);
  }

  getCacheStats(): CacheStats {
    return this.#reads.cache.getStats();
  }

  /** The cache of this peer. */
  get cache(): HttpCacheManager {
    return this.#reads.cache;
  }

  /**
   * Returns a duplex connection to the same server with the same credentials, for events, functions and references. The first call loads
   * its code and connects.
   *
   * @throws NetronError `unimplemented` when the option `duplex` is `never`; the error of connecting
   */
  async duplex(): Promise<RemotePeer> {
    return this.#parts.duplex.peer();
  }

  /** Ends all queries and, unless it was passed in, the cache. Calls in flight continue; later ones fail with `unavailable`. */
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

  /** Whether this peer has read the entry that its cache, which others may use as well, holds for a key. */
  hasRead(key: string): boolean {
    return this.#reads.has(key);
  }

  /** Creates reads through a cache, with live data. */
  #newReads(cache: HttpCacheManager): Reads {
    const { live = 'document' in globalThis } = this.#options;
    const reached = () => {
      for (const query of this.#queries) query.reached();
    };
    const switched = live ? new LazyLiveData({ ...this.#parts, cache, reached }) : undefined;
    this.#live = switched;
    return new Reads(cache, (entry) => switched?.changed(entry));
  }

  #newCaller(): Caller {
    const { bodies, ...parts } = this.#parts;
    const { recordWrites: record } = this.#options;
    return new Caller({ ...parts, reads: this.#reads, json: bodies.json, record, queue: this.queue });
  }

  async #target(name: string, principal?: Principal): Promise<ServiceTarget> {
    const { services, duplex } = this.#parts;
    const service = await services.describe(name);
    const streams = service.members.some(({ kind }) => kind === 'stream');
    const stream: StreamOf = streams
      ? (await load(import('../request/service-stream.js'), 'streams')).serviceStream
      : (opened) => opened;
    const invoke: Invoke = (member, args, settings) => this.#caller.call(service, member, args, settings, principal);
    return new ServiceTarget(service, none, duplex, invoke, stream);
  }
}
