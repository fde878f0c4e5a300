import { inject } from '../../di/inject.js';
import { NetronClient } from '../client.js';
import type { Args, NamedQuery, Reactive, Result, ServiceClass, UseQueryOptions } from '../types.js';
import { followQuery, openQuery, type QueryState, stateOf } from './query-state.js';

/** The rest of the parameters of `useQuery`: arguments are needed when the method needs any. */
export type QueryParameters<S, M, R> =
  [] extends Args<S, M>
    ? [args?: Reactive<Args<S, M>>, options?: UseQueryOptions<Result<S, M>, R>]
    : [args: Reactive<Args<S, M>>, options?: UseQueryOptions<Result<S, M>, R>];

/**
 * Reads from a service and follows the result: from the cache when it is there, fetched when it is not or is stale. Components
 * that ask for the same share one request. The read ends with the component, and is aborted when nobody else waits for it.
 *
 * On a server the page waits for the first value and hands it over, so that the page that takes over fetches nothing.
 *
 * ```tsx
 * const { data, loading } = useQuery(UserService, 'getUser', () => [id()]);
 * ```
 *
 * @param args arguments, or a function that gives them and is followed; while it gives nothing, nothing is fetched
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
