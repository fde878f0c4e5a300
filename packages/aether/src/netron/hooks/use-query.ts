import { inject } from '../../di/inject.js';
import { NetronClient } from '../client.js';
import type { Args, NamedQuery, Reactive, Result, ServiceClass, UseQueryOptions } from '../types.js';
import { followQuery, openQuery, type QueryState, stateOf } from './query-state.js';

/** Remaining parameters of `useQuery`. `args` is required if the method has required parameters. */
export type QueryParameters<S, M, R> =
  [] extends Args<S, M>
    ? [args?: Reactive<Args<S, M>>, options?: UseQueryOptions<Result<S, M>, R>]
    : [args: Reactive<Args<S, M>>, options?: UseQueryOptions<Result<S, M>, R>];

/**
 * Queries a service and tracks the result: from the cache if it has one, and fetched if that is missing or stale. Components with equal queries
 * share one request. The query ends with the component; the request is aborted if no other component waits for it.
 *
 * On a server, rendering waits for the first value and embeds it, so that the hydrated page fetches nothing.
 *
 * ```tsx
 * const { data, loading } = useQuery(UserService, 'getUser', () => [id()]);
 * ```
 *
 * @param args arguments, or a function that returns them and is tracked; while it returns nothing, nothing is fetched
 */
export function useQuery<S extends object, M extends string, R = Result<S, M>>(
  service: ServiceClass<S>,
  method: NamedQuery<S, M>,
  ...[args, options = {}]: QueryParameters<S, M, R>
): QueryState<R> {
  const client = inject(NetronClient);
  const followed = followQuery<R>(client, () => {
    const given = typeof args === 'function' ? args() : (args ?? []);
    return given ? openQuery<S, M, R>(client, service, method, given as Args<S, M>, options) : undefined;
  });
  return stateOf(followed, options.keepPrevious);
}
