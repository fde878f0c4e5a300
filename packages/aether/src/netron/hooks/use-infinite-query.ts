import { knownOptions, onlyOptions, type Query, stableArgs } from '@omnitron-dev/netron-browser';
import { inject } from '../../di/inject.js';
import { batch } from '../../reactive/batch.js';
import { computed } from '../../reactive/computed.js';
import { toError } from '../../reactive/error.js';
import { OwnedSuspension } from '../../reactive/owned-suspension.js';
import { onCleanup } from '../../reactive/owner.js';
import { type Signal, signal } from '../../reactive/signal.js';
import { NetronClient } from '../client.js';
import { getServiceName } from '../metadata.js';
import type { Args, NamedQuery, Result, ServiceClass, UseQueryOptions } from '../types.js';
import { enterPage, openQuery } from './query-state.js';

/** Options of `useInfiniteQuery`. */
export interface InfiniteQueryOptions<A extends readonly unknown[], T, P>
  extends Omit<UseQueryOptions<T>, 'keepPrevious' | 'transform' | 'fallback'> {
  /** Parameter of the first page. */
  readonly first: P;
  /** Turns the parameter of a page into arguments. */
  args(parameter: P): [...A];
  /** Returns the parameter of the page after `last`; `undefined` if there is none. */
  next(last: T, pages: readonly T[]): P | undefined;
}

/** Pages of a query, in signals. */
export interface InfiniteQueryState<T> {
  /** Loaded pages, in order. */
  readonly data: Signal<readonly T[]>;
  /** Whether the first page is being fetched. */
  readonly loading: Signal<boolean>;
  /** Whether any page is being fetched. */
  readonly fetching: Signal<boolean>;
  readonly error: Signal<Error | undefined>;
  /** Whether there is another page, or one that has failed. */
  readonly hasNext: Signal<boolean>;
  /**
   * Fetches the next page, or the failed page again, after any fetch in flight; does nothing if there is none. Concurrent
   * calls fetch the same page. Never rejects.
   */
  fetchNext(): Promise<void>;
  /** Fetches all pages again, one after the other, since each leads to the next; drops pages that are no longer reached. Never rejects. */
  refetch(): Promise<void>;
}

interface Page<T, P> {
  readonly parameter: P;
  readonly query: Query<T>;
  /** The page before, which leads to this one; `undefined` for the first. */
  after: T | undefined;
}

/**
 * Queries a list page by page. On a server, rendering waits for the first page and embeds it.
 *
 * ```tsx
 * const { data, hasNext, fetchNext } = useInfiniteQuery(PostService, 'list', {
 *   first: 0,
 *   args: (offset) => [{ offset, limit: 20 }],
 *   next: (last) => last.next,
 * });
 * ```
 *
 * @throws TypeError for unknown options
 */
export function useInfiniteQuery<S extends object, M extends string, P>(
  service: ServiceClass<S>,
  method: NamedQuery<S, M>,
  options: InfiniteQueryOptions<Args<S, M>, Result<S, M>, P>,
): InfiniteQueryState<Result<S, M>> {
  type T = Result<S, M>;
  onlyOptions(`${getServiceName(service)}.${method}`, options, { first: true, args: true, next: true, ...knownOptions.call });
  const { first, args, next, ...reading } = options;
  const client = inject(NetronClient);
  const { owner, waits } = enterPage(client);
  const pages = signal<readonly Page<T, P>[]>([], { equals: false });
  const open = (parameter: P, after?: T): Page<T, P> => {
    // What the method shows instead of a value would be a page that leads nowhere.
    const query = openQuery<S, M, T>(client, service, method, args(parameter), { ...reading, fallback: undefined as never });
    query.subscribe(() => show(pages.peek()));
    return { parameter, query, after };
  };
  const data = computed(() => pages().flatMap(({ query }) => (query.data === undefined ? [] : [query.data])));
  const parameterAfter = (count: number): P | undefined => {
    const loaded = data.peek().slice(0, count);
    return loaded.length < count ? undefined : next(loaded[count - 1] as T, loaded);
  };
  /** The last page, when it has failed before it was there: fetching the next one tries it again. */
  const failedPage = (): Page<T, P> | undefined => {
    const last = pages.peek().at(-1);
    return last?.query.data === undefined && last?.query.error !== undefined ? last : undefined;
  };
  const fetching = computed(() => pages().some(({ query }) => query.fetching));
  /** Called when no page is being fetched. */
  const waiting: (() => void)[] = [];
  const show = (now: readonly Page<T, P>[]) =>
    batch(() => {
      // Only the last may have no value yet. Another that has lost it is somebody else's from now on, to whom those after it lead nowhere.
      const lost = now.findIndex(({ query }) => query.data === undefined);
      pages.set(lost < 0 ? now : now.slice(0, lost + 1));
      if (lost >= 0) end(now.slice(lost + 1));
      if (!fetching.peek()) follow();
      if (!fetching.peek()) for (const resolve of waiting.splice(0)) resolve();
    });
  const isSame = (one: P, other: P) => Object.is(one, other) || stableArgs(args(one)) === stableArgs(args(other));
  /** Begins anew behind the first page that leads elsewhere than before: those after it were of another list. */
  const follow = () => {
    const all = pages.peek();
    for (let index = 1; index < all.length; index++) {
      const page = all[index] as Page<T, P>;
      const last = all[index - 1]?.query.data as T;
      if (last === page.after) continue;
      let parameter: P | undefined;
      try {
        parameter = parameterAfter(index);
      } catch {
        // Whoever reads `hasNext` is told.
        return;
      }
      page.after = last;
      if (parameter !== undefined && isSame(page.parameter, parameter)) continue;
      const kept = all.slice(0, index);
      end(all.slice(index));
      return show(parameter === undefined ? kept : [...kept, open(parameter, last)]);
    }
  };
  const end = (gone: readonly Page<T, P>[]) => {
    for (const { query } of gone) query[Symbol.dispose]();
  };
  const idle = () => new Promise<void>((resolve) => waiting.push(resolve));
  let ended = false;
  /** The next page, and all pages anew, while they are being fetched. */
  let following: Promise<void> | undefined;
  let renewing: Promise<void> | undefined;
  show([open(first)]);
  onCleanup(() => {
    ended = true;
    end(pages.peek());
    for (const resolve of waiting) resolve();
  });
  /** State that the views of a server wait for. */
  const shown = <V>(read: () => V): Signal<V> => {
    if (!waits) return computed(read);
    return computed(() => {
      if (pages().some(({ query }) => query.loading)) throw new OwnedSuspension(idle(), owner);
      return read();
    });
  };
  const fetchNext = async () => {
    if (renewing !== undefined) await renewing;
    // A page that is there is being fetched anew.
    while (fetching.peek() && !ended) await idle();
    if (ended) return;
    let page = failedPage();
    if (page === undefined) {
      const parameter = parameterAfter(pages.peek().length);
      if (parameter === undefined) return;
      page = open(parameter, data.peek().at(-1));
      show([...pages.peek(), page]);
    }
    await page.query.refetch();
  };
  const refetch = async () => {
    for (let index = 0; index < pages.peek().length && !ended; index++) await pages.peek()[index]?.query.refetch();
  };
  return {
    data: shown(data),
    fetching: shown(fetching),
    loading: shown(() => pages()[0]?.query.loading ?? false),
    error: shown(() => {
      const failed = pages().find(({ query }) => query.error !== undefined);
      return failed && toError(failed.query.error);
    }),
    hasNext: shown(() => {
      data();
      return failedPage() !== undefined || parameterAfter(pages().length) !== undefined;
    }),
    fetchNext: () => {
      following ??= fetchNext().finally(() => {
        following = undefined;
      });
      return following;
    },
    refetch: () => {
      const run = refetch().finally(() => {
        if (renewing === run) renewing = undefined;
      });
      renewing = run;
      return run;
    },
  };
}
