/** A Netron server as a page sees it: services over HTTP, with a cache in front. */

import type { RemotePeer } from '@omnitron-dev/netron/client';
import {
  createProxy,
  defaultPath,
  type ErrorClass,
  type ErrorClassOptions,
  ErrorRegistry,
  mediaTypes,
  NetronError,
  type Queried,
  systemClock,
} from '@omnitron-dev/netron/http/client';
import { HttpCacheManager } from '../cache/cache-manager.js';
import type { CacheStats } from '../cache/options.js';
import type { InvalidationPattern } from '../cache/patterns.js';
import { createFluent, settingsOf } from '../fluent/fluent.js';
import { type CallSettings, none } from '../fluent/settings.js';
import type { ArgsOf, FluentInterface, MethodName, QueryOptions, ResultOf } from '../fluent/types.js';
import { LiveSwitch } from '../live/live-switch.js';
import { type Activity, pageActivity } from '../query/activity.js';
import { LiveQuery, type Query } from '../query/query.js';
import { Reads } from '../query/reads.js';
import { ChangeQueue } from '../queue/queue-switch.js';
import { Credentials, type TokenSource } from '../request/credentials.js';
import { type MiddlewareContext, type MiddlewareFunction, type NetronMiddleware, Pipeline } from '../request/middleware.js';
import { Transmitter } from '../request/transmitter.js';
import type { RetryManager } from '../retry/retry-manager.js';
import { RetrySwitch } from '../retry/retry-switch.js';
import { Slots } from '../util/slots.js';
import { Caller } from './caller.js';
import { readFacts, type ServiceFacts } from './definitions.js';
import { Duplex, socketAddress } from './duplex.js';
import { checkOptionNames, type HttpPeerOptions } from './options.js';
import { ServiceTarget } from './service-target.js';

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
  readonly #errors = new ErrorRegistry();
  readonly #pipeline = new Pipeline();
  readonly #options: HttpPeerOptions;
  readonly #credentials: Credentials;
  readonly #activity: Activity;
  readonly #queries = new Set<Query<unknown>>();
  readonly #services = new Map<string, Promise<ServiceFacts>>();
  readonly #transmitter: Transmitter;
  #reads: Reads;
  #ownCache: boolean;
  readonly #retry: RetrySwitch;
  #caller: Caller;
  #live: LiveSwitch | undefined;
  readonly #duplex: Duplex;
  /** Versions that were told of. */
  readonly #heard = new Set<string>();

  /**
   * @param url of the server: `https://api.example.com`, or with the path of its calls
   * @throws TypeError when `url` is no address, or an option is wrong or unknown
   */
  constructor(url: string, options: HttpPeerOptions = {}) {
    checkOptionNames(options);
    this.url = baseOf(url, options.path);
    this.#options = options;
    this.#activity = options.activity ?? pageActivity();
    this.#credentials = new Credentials(options, () => this.#headersNow());
    const { cache, retry, clock = systemClock } = options;
    this.#ownCache = !(cache instanceof HttpCacheManager);
    this.#reads = this.#newReads(cache instanceof HttpCacheManager ? cache : new HttpCacheManager({ clock, ...cache }));
    this.#retry = new RetrySwitch(retry, clock);
    for (const middleware of options.middleware ?? []) this.use(middleware);
    const batch = options.batch === true ? 100 : Number(options.batch ?? 0);
    this.#transmitter = new Transmitter({
      base: this.url,
      fetch: options.fetch,
      clock,
      errors: this.#errors,
      slots: new Slots(options.maxConcurrent ?? (batch === 0 ? 16 : 200)),
      batch,
      pipeline: this.#pipeline,
      credentials: this.#credentials,
      codec: options.codec,
      mode: options.credentials,
      retry: () => this.#retry.manager(),
    });
    this.#duplex = new Duplex({
      address: socketAddress(this.url, options.duplex),
      token: () => this.#credentials.token(),
      timeout: options.timeout ?? 30_000,
      clock,
    });
    const owner = (identity: string) => `${options.name ?? this.url} ${identity}`;
    if (options.queue !== undefined && options.queue !== false) {
      this.queue = new ChangeQueue(options.queue === true ? {} : options.queue, {
        clock,
        activity: this.#activity,
        owner: () => Promise.resolve(this.#credentials.identity()).then(owner),
        send: (call) => this.#caller.sendStored(call),
        window: (call) => this.#caller.windowOf(call),
      });
    }
    this.#caller = this.#newCaller();
  }

  /**
   * A service with its methods.
   *
   * @param name with or without version or range: `users`, `users@^1.0.0`
   * @throws NetronError `not_found`, `unauthenticated`, `unavailable`, …
   */
  async queryInterface<T extends object>(name: string): Promise<Queried<T>> {
    return createProxy(this.#target(await this.#describe(name))) as Queried<T>;
  }

  /** A service whose calls can be given settings: `users.cache(60_000).retry(3).find('7')`. */
  async queryFluentInterface<T extends object>(name: string): Promise<FluentInterface<T>> {
    return createFluent(this.#target(await this.#describe(name))) as FluentInterface<T>;
  }

  /** A read that stays: it shows what is cached, fetches what is out of date, and follows every change. */
  watch<T extends object, M extends MethodName<T> = MethodName<T>, R = ResultOf<T, M>>(
    service: ServiceName,
    method: M,
    args: ArgsOf<T, M>,
    options: QueryOptions<ResultOf<T, M>, R> = {},
  ): Query<R> {
    const { transform } = options;
    const settings = settingsOf(options);
    const query: Query<R> = new LiveQuery<R>({
      reads: this.#reads,
      plan: this.#caller.plan(service, method, args as unknown[], settings),
      options,
      select: transform === undefined ? (value) => value as R : (value) => transform.call(options, value as ResultOf<T, M>),
      activity: this.#activity,
      clock: this.#options.clock ?? systemClock,
      ended: () => this.#queries.delete(query),
    });
    this.#queries.add(query);
    return query;
  }

  /** Fetches what is out of date of a read, so that it is there when it is needed. Never rejects. */
  async prefetch<T extends object, M extends MethodName<T> = MethodName<T>>(
    service: ServiceName,
    method: M,
    args: ArgsOf<T, M>,
    options: QueryOptions<ResultOf<T, M>> = {},
  ): Promise<void> {
    const plan = await this.#caller.plan(service, method, args as unknown[], settingsOf(options));
    await this.#reads.read(plan).catch(() => {});
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
    this.#retry.use(manager);
    return this;
  }

  /** Adds middleware; lower priorities run first. */
  use(middleware: NetronMiddleware | MiddlewareFunction, options?: { priority?: number; stage?: string }): this {
    this.#pipeline.use(middleware, options);
    return this;
  }

  /** Speaks for somebody else from now on. What was cached for others is not shown to them. */
  setToken(token: TokenSource): this {
    this.#credentials.set(token);
    this.queue?.resume().catch(() => {});
    return this;
  }

  /** Makes a class of errors known, so that its instances arrive as such. */
  registerError<E extends Error>(ErrorClass: ErrorClass<E>, options?: ErrorClassOptions<NoInfer<E>>): this {
    this.#errors.register(ErrorClass, options);
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
  duplex(): Promise<RemotePeer> {
    return this.#duplex.peer();
  }

  /** Ends all queries and, unless it was given, the cache. Calls under way end as they do, later ones with `unavailable`. */
  async close(): Promise<void> {
    this.#transmitter.close();
    for (const query of [...this.#queries]) query[Symbol.dispose]();
    this.#caller.close();
    this.#live?.close();
    await this.queue?.close();
    await this.#duplex.close();
    if (this.#ownCache) this.#reads.cache.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Reads through a cache whose entries are kept up to date. */
  #newReads(cache: HttpCacheManager): Reads {
    const { live = 'document' in globalThis, name = this.url, clock = systemClock } = this.#options;
    this.#live = undefined;
    if (!live) return new Reads(cache);
    this.#live = new LiveSwitch({
      backend: name,
      cache,
      identity: () => this.#credentials.identity(),
      open: (tags, cursor, signal) => this.#openEvents(tags, cursor, signal),
      clock,
      activity: this.#activity,
    });
    return new Reads(cache, (entry) => this.#live?.changed(entry));
  }

  async #openEvents(
    tags: readonly string[],
    cursor: string | undefined,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array>> {
    const { timeout = 30_000, headers = {} } = this.#options;
    const { value } = await this.#transmitter.send({
      service: '$events',
      method: '',
      path: '/$events',
      args: [...tags],
      safe: false,
      idempotent: true,
      headers: { ...lowerCased(headers), ...(cursor !== undefined && { 'last-event-id': cursor }) },
      timeout,
      priority: 'normal',
      retry: undefined,
      signal,
      state: new Map(),
      stream: { mediaType: mediaTypes.events, read: (body) => body },
    });
    return value as ReadableStream<Uint8Array>;
  }

  #newCaller(): Caller {
    const { name = this.url, headers = {}, timeout = 30_000, clock = systemClock, recordWrites } = this.#options;
    return new Caller({
      backend: name,
      reads: this.#reads,
      transmitter: this.#transmitter,
      pipeline: this.#pipeline,
      credentials: this.#credentials,
      clock,
      timeout,
      headers: lowerCased(headers),
      record: recordWrites,
      errors: this.#errors,
      queue: this.queue,
      describe: (service) => this.#describe(service),
      retries: () => this.#retry.always,
      skewed: (service, contract) => this.#skewed(service, contract),
    });
  }

  #target(service: ServiceFacts, settings: CallSettings = none): ServiceTarget {
    return new ServiceTarget(service, settings, this.#duplex, (member, args, options) =>
      this.#caller.call(service, member, args, options),
    );
  }

  /** The server has another version: who asks from now on is told of that one. */
  #skewed({ query, definition, contract: known = '' }: ServiceFacts, server: string): void {
    const [asked, key] = [this.#services.get(query), `${query} ${server}`];
    void asked?.then((facts) => facts.contract === known && this.#services.delete(query));
    if (this.#heard.has(key)) return;
    this.#heard.add(key);
    this.#options.skewed?.({ service: definition.name, known: known.split(';')[0]!, server: server.split(';')[0]! });
  }

  /** One question per service; a failure is not remembered. */
  #describe(name: string): Promise<ServiceFacts> {
    let asked = this.#services.get(name);
    if (asked === undefined) {
      asked = this.#ask(name);
      this.#services.set(name, asked);
      asked.catch(() => this.#services.delete(name));
    }
    return asked;
  }

  async #ask(name: string): Promise<ServiceFacts> {
    const { timeout = 30_000, headers = {} } = this.#options;
    const { value } = await this.#transmitter.send({
      service: '$services',
      method: name,
      args: [],
      safe: true,
      idempotent: true,
      headers: lowerCased(headers),
      timeout,
      priority: 'high',
      retry: this.#retry.always ? { idempotent: true, target: this.#options.name ?? this.url } : undefined,
      signal: undefined,
      state: new Map(),
    });
    return readFacts(name, value);
  }

  /** Headers that middleware would add to a request now. */
  async #headersNow(): Promise<Readonly<Record<string, string>>> {
    const request = { method: 'GET', url: this.url, headers: {} };
    const context: MiddlewareContext = {
      service: '',
      method: '',
      args: [],
      request,
      response: undefined,
      result: undefined,
      error: undefined,
      attempt: 0,
      signal: undefined,
      state: new Map(),
    };
    await this.#pipeline.run('PRE_REQUEST', context, async () => {});
    return context.request.headers;
  }
}

/** The address of a node's calls, without a slash at the end. */
function baseOf(url: string, path: string | undefined): string {
  // An address without a host is one of the page's own server.
  const page = (globalThis as { location?: { href: string } }).location?.href;
  const address = URL.canParse(url, page) ? new URL(url, page) : undefined;
  if (address?.protocol !== 'http:' && address?.protocol !== 'https:')
    throw new TypeError(`the address of an HttpRemotePeer begins with http: or https:, not '${url}'`);
  const { origin, pathname } = address;
  const own = pathname.replace(/\/+$/, '');
  return origin + (path ?? (own === '' ? defaultPath : own)).replace(/\/+$/, '');
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
