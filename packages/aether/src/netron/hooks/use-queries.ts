import { inject } from '../../di/inject.js';
import { computed } from '../../reactive/computed.js';
import type { Signal } from '../../reactive/signal.js';
import { NetronClient } from '../client.js';
import type { Args, NamedQuery, Reactive, Result, ServiceClass, UseQueryOptions } from '../types.js';
import { QuerySet } from './query-set.js';
import { followQuery, openQuery, stateOf } from './query-state.js';

/** State of several queries of one method, in signals. Values are in the order of their arguments. */
export interface QueriesState<R> {
  readonly data: Signal<readonly (R | undefined)[]>;
  /** Whether any first value is being fetched. */
  readonly loading: Signal<boolean>;
  /** The first error among them. */
  readonly error: Signal<Error | undefined>;
  /** Whether any value is being fetched. */
  readonly fetching: Signal<boolean>;
  /** Fetches all again. Never rejects. */
  refetch(): Promise<void>;
}

/**
 * Queries a method once for each list of arguments. When the lists change, the arguments that both have are not fetched
 * again.
 *
 * ```tsx
 * const { data } = useQueries(UserService, 'getUser', () => ids().map((id) => [id]));
 * ```
 */
export function useQueries<S extends object, M extends string, R = Result<S, M>>(
  service: ServiceClass<S>,
  method: NamedQuery<S, M>,
  lists: Reactive<readonly Args<S, M>[]>,
  options: UseQueryOptions<Result<S, M>, R> = {},
): QueriesState<R> {
  const client = inject(NetronClient);
  const set = new QuerySet<R>();
  const { data, ...state } = stateOf(
    followQuery(client, () => {
      const given = (typeof lists === 'function' ? lists() : lists) || [];
      return set.show(given, (args) => openQuery<S, M, R>(client, service, method, args, options));
    }),
  );
  return {
    data: computed(() => data() ?? []),
    loading: state.loading,
    error: state.error,
    fetching: state.fetching,
    refetch: state.refetch,
  };
}
