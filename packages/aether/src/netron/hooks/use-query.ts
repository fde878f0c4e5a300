import type { Query } from '@omnitron-dev/netron-browser';
import { inject } from '../../di/inject.js';
import { untrack } from '../../reactive/batch.js';
import { computed } from '../../reactive/computed.js';
import { effect } from '../../reactive/effect.js';
import { toError } from '../../reactive/error.js';
import { type Signal, signal } from '../../reactive/signal.js';
import { isOverridden } from '../base/netron-service.js';
import { NetronClient } from '../client.js';
import { getMethodOptions } from '../metadata.js';
import type { Args, QueryMethod, QueryOptions, Reactive, Result, ServiceClass, UseQueryOptions } from '../types.js';
import { OverriddenQuery } from './overridden-query.js';

/** State of a query, in signals. */
export interface QueryState<R> {
  /** Newest value; `undefined` until it is there. Stays while a newer one is fetched, and after an error. */
  readonly data: Signal<R | undefined>;
  /** Whether the first value is being fetched. */
  readonly loading: Signal<boolean>;
  /** Error of the last fetch. */
  readonly error: Signal<Error | undefined>;
  /** Whether any value is being fetched. */
  readonly fetching: Signal<boolean>;
  /** Whether `data` is stale. */
  readonly stale: Signal<boolean>;
  /** Fetches anew. Never rejects: see `error`. */
  refetch(): Promise<void>;
}

/** The rest of the parameters of `useQuery`: arguments are needed when the method needs any. */
export type QueryParameters<S, M extends keyof S, R> =
  [] extends Args<S, M>
    ? [args?: Reactive<Args<S, M>>, options?: UseQueryOptions<Result<S, M>, R>]
    : [args: Reactive<Args<S, M>>, options?: UseQueryOptions<Result<S, M>, R>];

/**
 * Reads from a service and follows the result: from the cache when it is there, fetched when it is not or is stale. Components
 * that ask for the same share one request. The read ends with the component, and is aborted when nobody else waits for it.
 *
 * ```tsx
 * const { data, loading } = useQuery(UserService, 'getUser', () => [id()]);
 * ```
 *
 * @param args arguments, or a function that gives them and is followed; while it gives nothing, nothing is fetched
 */
export function useQuery<S extends object, M extends QueryMethod<S>, R = Result<S, M>>(
  service: ServiceClass<S>,
  method: M,
  ...[args, options = {}]: QueryParameters<S, M, R>
): QueryState<R> {
  const client = inject(NetronClient);
  const current = signal<Query<R> | undefined>(undefined);
  const version = signal(0);
  effect(() => {
    const given = typeof args === 'function' ? args() : (args ?? []);
    if (!given) {
      current.set(undefined);
      return undefined;
    }
    const query = untrack(() => open<S, M, R>(client, service, method, given as Args<S, M>, options));
    query.subscribe(() => version.update((count) => count + 1));
    current.set(query);
    return () => query[Symbol.dispose]();
  });
  const follow = <T>(read: (query: Query<R>) => T, nothing: T): Signal<T> =>
    computed(() => {
      version();
      const query = current();
      return query === undefined ? nothing : read(query);
    });
  let previous: R | undefined;
  return {
    data: follow<R | undefined>((query) => {
      const { data } = query;
      if (data === undefined && options.keepPrevious && query.loading) return previous;
      previous = data;
      return data;
    }, undefined),
    loading: follow((query) => query.loading, false),
    error: follow<Error | undefined>(({ error }) => (error === undefined ? undefined : toError(error)), undefined),
    fetching: follow((query) => query.fetching, false),
    stale: follow((query) => query.stale, false),
    refetch: async () => current.peek()?.refetch(),
  };
}

function open<S extends object, M extends QueryMethod<S>, R>(
  client: NetronClient,
  service: ServiceClass<S>,
  method: M,
  args: Args<S, M>,
  { keepPrevious: _, ...options }: UseQueryOptions<Result<S, M>, R>,
): Query<R> {
  const prototype = (service as unknown as { prototype: object }).prototype;
  if (isOverridden(prototype, method)) {
    const instance = client.service(service) as Record<string, (...given: readonly unknown[]) => unknown>;
    const { transform } = options;
    const call = () => instance[method]?.(...(args as readonly unknown[]));
    const transformed = transform && (async () => transform.call(options, (await call()) as Result<S, M>));
    return new OverriddenQuery<R>(transformed ?? call, () => client.locate(service));
  }
  const { peer, name } = client.locate(service);
  const defaults = getMethodOptions(service, method)?.options as QueryOptions | undefined;
  const all = { ...defaults, ...options } as QueryOptions<never, R>;
  return peer.watch(name, method as never, args as never, all) as Query<R>;
}
