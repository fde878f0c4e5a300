import { computed } from '../reactive/computed.js';
import { onCleanup } from '../reactive/owner.js';
import type { Signal } from '../reactive/signal.js';
import type { Match } from './load.js';
import type { NavigateOptions } from './options.js';
import { nearestRouter, useRouter } from './outlet.js';
import type { Params } from './path.js';
import type { AnswerOf, AnyRoute, DataOf, ParamsOf, SearchOf } from './route.js';
import type { Router } from './router.js';
import { same } from './same.js';

/** Returns a part of a route's match. While the route is being left, it keeps its last value. */
function part<T>(route: AnyRoute, read: (match: Match) => T): Signal<T> {
  const router = useRouter();
  return computed<T>(
    (before) => {
      const match = router.page()?.matches.find((each) => each.route === route && !each.pending);
      return match === undefined ? (before as T) : read(match);
    },
    { equals: (before, after) => same(before, after) },
  );
}

/** Returns the parameters of the page; with a route, typed by its path. */
export function useParams<R extends AnyRoute>(route: R): Signal<ParamsOf<R>>;
export function useParams(): Signal<Params>;
export function useParams(route?: AnyRoute): Signal<Params> {
  if (route !== undefined) return part(route, ({ params }) => params);
  const router = useRouter();
  return computed(() => router.page()?.matches.at(-1)?.params ?? {});
}

/** Returns the query of a route, as parsed by its schema. */
export function useSearch<R extends AnyRoute>(route: R): Signal<SearchOf<R>> {
  return part(route, ({ search }) => search as SearchOf<R>);
}

/** Returns the data of a route's loader. */
export function useLoaderData<R extends AnyRoute>(route: R): Signal<DataOf<R>> {
  return part(route, ({ data }) => data as DataOf<R>);
}

/** Returns the current navigation, or `undefined`. */
export function useNavigation(): Signal<{ readonly to: URL } | undefined> {
  return useRouter().navigation;
}

/** Calls a function before the user leaves the page, by a navigation or by closing it; `true` keeps the page. Ends with the component. */
export function useBlocker(blocker: (to: URL) => boolean | Promise<boolean>): void {
  onCleanup(useRouter().block(blocker));
}

/** State of the forms sent to a route. */
export interface ActionState<A> {
  readonly pending: Signal<boolean>;
  readonly answer: Signal<A | undefined>;
  readonly error: Signal<Error | undefined>;
}

/** Returns the state of the forms sent to a route. */
export function useAction<R extends AnyRoute>(route: R): ActionState<AnswerOf<R>> {
  const { submission } = useRouter();
  const own = computed(() => (submission()?.route === route ? submission() : undefined));
  return {
    pending: computed(() => own()?.pending ?? false),
    answer: computed(() => own()?.answer as AnswerOf<R> | undefined),
    error: computed(() => own()?.error),
  };
}

/**
 * Navigates to an address or a route with the surrounding router; after an `await`, with the router of the page.
 *
 * @throws AetherError `no_owner` when there is no surrounding router and not exactly one in the page
 */
export const navigate = ((to: string, options?: NavigateOptions) => nearestRouter().navigate(to, options)) as Router['navigate'];
