/** The state of a query in signals, and how a query is opened. */
import { knownOptions, NetronError, onlyOptions, type Query } from '@omnitron-dev/netron-browser';
import { untrack } from '../../reactive/batch.js';
import { computed } from '../../reactive/computed.js';
import { reaction } from '../../reactive/effect.js';
import { toError } from '../../reactive/error.js';
import { OwnedSuspension } from '../../reactive/owned-suspension.js';
import { activeScope, type Context, type Scope } from '../../reactive/owner.js';
import { type Handover, handoverKey } from '../../reactive/resource.js';
import { type Signal, signal } from '../../reactive/signal.js';
import { renderKey, Suspension } from '../../reactive/suspend.js';
import { isOverridden } from '../base/netron-service.js';
import { handedKey, type NetronClient, within } from '../client.js';
import { getMethodOptions, getServiceName } from '../metadata.js';
import type { Args, QueryOptions, Result, ServiceClass, UseQueryOptions } from '../types.js';
import { OverriddenQuery } from './overridden-query.js';

/** State of a query, in signals. */
export interface QueryState<R> {
  /** Newest value; `undefined` until it arrives. It stays during a refetch, and after an error. */
  readonly data: Signal<R | undefined>;
  /** Whether the first value is being fetched. */
  readonly loading: Signal<boolean>;
  /** Error of the last fetch. */
  readonly error: Signal<Error | undefined>;
  /** Whether any value is being fetched. */
  readonly fetching: Signal<boolean>;
  /** Whether `data` is stale. */
  readonly stale: Signal<boolean>;
  /** Fetches again. Never rejects: see `error`. */
  refetch(): Promise<void>;
}

/** A query that changes with what it reads, and ends with its owner. */
export interface Followed<R> {
  /** The query of now; `undefined` while there is none. Changes with everything the query tells. */
  readonly query: Signal<Query<R> | undefined>;
  /** Whether this is a page that a server renders: its views wait for the first value. */
  readonly waits: boolean;
  /** Ends the query with it. */
  readonly owner: Scope | undefined;
  /** Resolves when a query is no longer loading, or another one has taken its place. */
  settled(query: Query<R>): Promise<void>;
}

/** Follows the query that `open` makes. What it reads is followed, too; it may make none. */
export function followQuery<R>(client: NetronClient, open: () => Query<R> | undefined): Followed<R> {
  const { owner, waits } = enterPage(client);
  const current = signal<Query<R> | undefined>(undefined, { equals: false });
  const waiting: (() => void)[] = [];
  reaction(() => {
    const query = open();
    query?.subscribe(() => current.set(query));
    current.set(query);
    return () => {
      query?.[Symbol.dispose]();
      for (const resolve of waiting.splice(0)) resolve();
    };
  });
  const settled = (query: Query<R>) =>
    new Promise<void>((resolve) => {
      waiting.push(resolve);
      query.subscribe(() => query.loading || resolve());
    });
  return { query: current, waits, owner, settled };
}

/** The state of a query that is followed. */
export function stateOf<R>({ query: current, waits, owner, settled }: Followed<R>, keepPrevious = false): QueryState<R> {
  let previous: R | undefined;
  /** The query that it is of. One that loses its value itself is somebody else's from now on. */
  let from: Query<R> | undefined;
  const follow = <T>(read: (query: Query<R>) => T, nothing: T): Signal<T> =>
    computed(() => {
      const query = current();
      if (waits && query?.loading) throw new OwnedSuspension(settled(query), owner);
      return query === undefined ? nothing : read(query);
    });
  return {
    data: follow<R | undefined>((query) => {
      const { data } = query;
      if (data === undefined && keepPrevious && query.loading && query !== from) return previous;
      from = query;
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

/** Takes over what a server has handed to the page of the current owner. Returns the owner, and whether this is a server. */
export function enterPage(client: NetronClient): Pick<Followed<never>, 'owner' | 'waits'> {
  const owner = activeScope();
  takeOver(client, owner?.context);
  return { owner, waits: owner?.context?.[renderKey] !== undefined };
}

/** Restores the embedded cache in a page; on a server, offers the cache in its state when the page is complete. */
function takeOver(client: NetronClient, context: Context | undefined): void {
  const handover = context?.[handoverKey] as Handover | undefined;
  if (handover === undefined) return;
  restore(client, handover);
  handover.offer(handedKey, async () => {
    const value = await client.handCache();
    return value === undefined ? undefined : { value };
  });
}

/** Restores the embedded cache, if there is one. The page itself fetches what cannot be read. */
function restore(client: NetronClient, handover: Handover): void {
  const putBack = handover.keep?.();
  const handed = handover.take(handedKey);
  if (handed === undefined) return;
  let loading: Promise<void> | undefined;
  try {
    loading = client.takeCache(handed.value as string);
  } catch {
    return;
  }
  if (loading === undefined) return;
  // Others that read data wait, too.
  putBack?.();
  throw new Suspension(loading.catch(() => void handover.take(handedKey)));
}

/**
 * Opens a query on a method of a service.
 *
 * @throws TypeError for unknown options
 */
export function openQuery<S extends object, M extends string, R>(
  client: NetronClient,
  service: ServiceClass<S>,
  method: string,
  args: Args<S, M>,
  given: UseQueryOptions<Result<S, M>, R>,
): Query<R> {
  const where = `${getServiceName(service)}.${method}`;
  onlyOptions(where, given, { ...knownOptions.call, keepPrevious: true });
  const { keepPrevious: _, ...options } = given;
  return untrack(() => {
    const prototype = (service as unknown as { prototype: object }).prototype;
    if (isOverridden(prototype, method)) {
      const instance = client.service(service) as Record<string, (...given: readonly unknown[]) => unknown>;
      const { transform, validate } = options;
      // Its reads before the first `await` are tracked, since it is called at once.
      const call = async () => {
        const value = (await instance[method]?.(...(args as readonly unknown[]))) as Result<S, M>;
        if (validate !== undefined && (await validate.call(options, value)) === false)
          throw new NetronError('data_loss', `${where}: the result is not valid`);
        return transform === undefined ? value : transform.call(options, value);
      };
      return new OverriddenQuery<R>(call, () => client.locate(service), options);
    }
    const { peer, name } = client.locate(service);
    const defaults = getMethodOptions(service, method)?.options as QueryOptions | undefined;
    const all = { ...defaults, ...options } as QueryOptions<never, R>;
    try {
      return peer.watch(name, method as never, args as never, all) as Query<R>;
    } catch (error) {
      // Invalid options, unreadable arguments.
      return new OverriddenQuery<R>(
        async () => within(where)(error),
        () => client.locate(service),
        options,
      );
    }
  });
}
