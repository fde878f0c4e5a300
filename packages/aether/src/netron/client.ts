import {
  type CacheStats,
  type FluentInterface,
  HttpRemotePeer,
  hydrate,
  type InvalidationPattern,
  type NetronMiddleware,
  type QueryOptions,
  readCommonJson,
} from '@omnitron-dev/netron-browser';
import { type Class, type Container, Container as ContainerToken, Injectable, inject } from '@omnitron-dev/nexus';
import { dev } from '#dev';
import { toError } from '../reactive/error.js';
import { earlyTakers } from '../reactive/handed.js';
import { journaled } from '../reactive/journal.js';
import { errorHandler } from '../reactive/owner.js';
import { type Signal, signal } from '../reactive/signal.js';
import { backendIn, backendsOf } from './backends.js';
import { getBackendName, getServiceName } from './metadata.js';
import { BACKEND_CONFIG, CACHE_MANAGER, RETRY_MANAGER } from './tokens.js';
import type { BackendOptions, MutateOptions, NetronModuleConfig, ServiceClass, Skew } from './types.js';
import type { HandedCaches } from './write-cache.js';

/** Key under which a server embeds its caches in the page. */
export const handedKey = '@omnitron-dev/aether/netron';

/** Reads caches with values of all types. Loaded by the first page that needs it. */
let readCaches: typeof import('./read-caches.js').readCaches | undefined;

type LooseService = Record<string, (...args: unknown[]) => Promise<unknown>>;

/**
 * Client of the configured backends: one `HttpRemotePeer` for each, created on first use.
 *
 * ```ts
 * const client = inject(NetronClient);
 * const user = await client.query<User>('users', 'getUser', ['7'], { cache: 60_000 });
 * ```
 */
export class NetronClient implements AsyncDisposable {
  readonly #container: Container = inject(ContainerToken);
  readonly #peers = new Map<string, HttpRemotePeer>();
  readonly #services = new Map<ServiceClass<object>, object>();
  readonly #backends: ReadonlyMap<string, BackendOptions>;
  readonly #default: string;
  readonly #skew = signal<Skew | undefined>(undefined);
  /** Text of a server, once its caches are restored. */
  #taken: string | undefined = undefined;

  /** @throws AetherError `unknown_backend` when the default is not among the backends */
  constructor(config: NetronModuleConfig = inject(BACKEND_CONFIG)) {
    this.#backends = backendsOf(config);
    this.#default = config.default ?? this.#backends.keys().next().value ?? 'main';
  }

  /** The newest version difference of a service between page and server; `undefined` if there is none. */
  get skew(): Signal<Skew | undefined> {
    return this.#skew;
  }

  /** Names of the configured backends, in their order. */
  get backends(): readonly string[] {
    return [...this.#backends.keys()];
  }

  /**
   * Returns the peer of a backend.
   *
   * @param name default: the default backend
   * @throws AetherError `unknown_backend`, listing the configured ones
   */
  backend(name: string = this.#default): HttpRemotePeer {
    let peer = this.#peers.get(name);
    if (peer === undefined) {
      peer = this.#connect(name, backendIn(this.#backends, name));
      this.#peers.set(name, peer);
    }
    return peer;
  }

  /** Returns the peer and the service name of a service class. */
  locate(service: ServiceClass<object>): { readonly peer: HttpRemotePeer; readonly name: string } {
    return { peer: this.backend(getBackendName(service)), name: getServiceName(service) };
  }

  /** Returns the instance of a service class: the provided one, or one that is created and kept here. */
  service<S extends object>(service: ServiceClass<S>): S {
    let instance = this.#services.get(service) as S | undefined;
    if (instance === undefined) {
      const provided = this.#container.get(service, { optional: true });
      instance = provided ?? this.#container.run(() => new (service as unknown as new () => S)());
      this.#services.set(service, instance);
    }
    return instance;
  }

  /** Queries a method by name. Prefer `useQuery` or the methods of a service, which are typed. */
  async query<T = unknown>(
    service: string,
    method: string,
    args: readonly unknown[] = [],
    { backend, ...options }: QueryOptions<T> & { readonly backend?: string } = {},
  ): Promise<T> {
    return read<T>(this.backend(backend), service, method, args, options);
  }

  /** Calls a mutation by name. */
  async mutate<T = unknown>(
    service: string,
    method: string,
    args: readonly unknown[] = [],
    { backend, ...options }: MutateOptions<readonly unknown[], T> & { readonly backend?: string } = {},
  ): Promise<T> {
    return change<T>(this.backend(backend), service, method, args, options);
  }

  /** Invalidates cached data of all backends: by tag, service, `service.method`, a pattern with `*`, a list or a RegExp. */
  invalidate(pattern: InvalidationPattern): void {
    for (const cache of new Set([...this.#peers.values()].map((peer) => peer.cache))) cache.invalidate(pattern);
  }

  /** Returns the statistics of the shared cache. */
  getCacheStats(): CacheStats {
    return this.#container.get(CACHE_MANAGER).getStats();
  }

  /** Returns the data that this application has read, for a server-rendered page; `undefined` if there is none. */
  async handCache(): Promise<string | undefined> {
    const { writeCaches } = await import('./write-cache.js');
    return writeCaches(this.#peers, this.#container.get(CACHE_MANAGER));
  }

  /**
   * Restores the result of `handCache` from the server.
   *
   * @returns `undefined` when it is restored; a promise when it has values of other types than JSON, `undefined` and dates, whose code is
   * loaded first. The promise rejects when the code cannot be loaded.
   */
  takeCache(handed: string): Promise<void> | undefined {
    // What was read meanwhile is newer.
    if (handed === this.#taken) return undefined;
    const caches = (readCommonJson(handed, true)?.value ?? readCaches?.(handed)) as HandedCaches | undefined;
    if (caches === undefined) {
      return import('./read-caches.js').then((module) => {
        ({ readCaches } = module);
        return this.takeCache(handed);
      });
    }
    this.#taken = handed;
    for (const [name, state] of Object.entries(caches)) {
      if (name === '') hydrate(this.#container.get(CACHE_MANAGER), state);
      else if (this.#backends.has(name)) hydrate(this.backend(name).cache, state);
    }
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#peers.values()].map((peer) => peer.close()));
  }

  #connect(name: string, { url, middleware = [], ...options }: BackendOptions): HttpRemotePeer {
    const retry = options.retry ?? this.#container.get(RETRY_MANAGER);
    return new HttpRemotePeer(url, {
      ...options,
      name,
      cache: options.cache ?? this.#container.get(CACHE_MANAGER),
      ...(retry !== undefined && { retry }),
      skewed: (skew) => {
        this.#skew.set({ backend: name, ...skew });
        options.skewed?.(skew);
      },
      middleware: middleware.map((given) => (typeof given === 'function' ? this.#create(given) : given)),
      recordWrites: (action) => {
        const done = journaled(action);
        if ('result' in done) return done;
        done.undo();
        throw done.error;
      },
    });
  }

  #create(middleware: Class<NetronMiddleware>): NetronMiddleware {
    return this.#container.get(middleware, { optional: true }) ?? this.#container.run(() => new middleware());
  }
}

Injectable({ providedIn: 'root' })(NetronClient);

earlyTakers.push((handed, container) => handed[handedKey] && container.get(NetronClient).takeCache(handed[handedKey] as string));

/** Returns a function that throws an error. That of a wrong option then names the method, too. */
export const within =
  (method: string) =>
  (error: unknown): never => {
    if (error instanceof TypeError) error.message = `${method}: ${error.message}`;
    throw error;
  };

/** Queries a service by its name. */
export async function read<T>(
  peer: HttpRemotePeer,
  service: string,
  method: string,
  args: readonly unknown[],
  options: QueryOptions<T>,
): Promise<T> {
  const target = await peer
    .fluentInterfaceOfUser<LooseService>(service, options as QueryOptions<never, unknown>)
    .catch(within(`${service}.${method}`));
  return call(target, method, args) as Promise<T>;
}

/**
 * Calls a mutation of a service by its name.
 *
 * @param handle receives errors of the callbacks, which do not affect the mutation
 */
export async function change<T>(
  peer: HttpRemotePeer,
  service: string,
  method: string,
  args: readonly unknown[],
  options: MutateOptions<readonly unknown[], T>,
  handle: (error: unknown) => void = errorHandler(),
): Promise<T> {
  const { optimistic, onSuccess: _s, onError: _e, invalidate, ...settings } = options;
  return told(options, handle, async () => {
    let target = await peer
      .fluentInterfaceOfUser<LooseService>(service, { ...settings, ...(invalidate && { invalidate }) })
      .catch(within(`${service}.${method}`));
    if (typeof optimistic === 'function') target = chain(target).optimistic(optimistic as never);
    else if (optimistic !== undefined) {
      const { update, ...read } = optimistic;
      target = chain(target).optimistic(read, update as never);
      if (dev && !(read.method in target)) dev.memberMissing(service, read.method, `${method}: optimistic`);
    }
    return (await call(target, method, args)) as T;
  });
}

/** Notifies the callbacks of a mutation of its outcome. Their errors go to `handle`, and do not change the outcome. */
export async function told<T>(
  options: Pick<MutateOptions<readonly unknown[], T>, 'onSuccess' | 'onError'>,
  handle: (error: unknown) => void,
  action: () => Promise<T>,
): Promise<T> {
  const tell = (callback: () => void) => {
    try {
      callback();
    } catch (error) {
      handle(error);
    }
  };
  let result: T;
  try {
    result = await action();
  } catch (error) {
    tell(() => options.onError?.(toError(error)));
    throw error;
  }
  tell(() => options.onSuccess?.(result));
  return result;
}

/** Opens a stream of a service by its name. */
export async function stream(
  peer: HttpRemotePeer,
  service: string,
  method: string,
  args: readonly unknown[],
  signal: AbortSignal,
): Promise<unknown> {
  return call(await peer.fluentInterfaceOfUser<LooseService>(service, { signal }), method, args);
}

type Chained = FluentInterface<LooseService>;

const chain = (target: object): { optimistic(...given: unknown[]): Chained } => target as never;

function call(target: object, method: string, args: readonly unknown[]): Promise<unknown> {
  return (target as LooseService)[method]?.(...args) ?? Promise.reject(new TypeError(`the service has no method '${method}'`));
}
