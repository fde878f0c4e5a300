import { knownOptions, onlyOptions } from '@omnitron-dev/netron-browser';
import { inject } from '../../di/inject.js';
import { activeScope, onCleanup } from '../../reactive/owner.js';
import { renderKey } from '../../reactive/suspend.js';
import { NetronClient, within } from '../client.js';
import { getMethodOptions, getServiceName } from '../metadata.js';
import type { Args, NamedQuery, QueryOptions, Result, ServiceClass } from '../types.js';

/** Fetches ahead of need. */
export interface Prefetch<A extends readonly unknown[], E extends object> {
  /** Fetches now if the value is missing or stale. Never rejects. */
  (...args: A): Promise<void>;
  /** For `ref`: fetches once, when the element scrolls into view. */
  visible(...args: A): (element: E) => void;
  /** Fetches when the browser is idle. Does nothing on a server. */
  idle(...args: A): void;
}

/**
 * Fetches queries into the cache before they are shown.
 *
 * ```tsx
 * const prefetch = usePrefetch(UserService, 'getUser');
 * <a href={`/users/${id}`} onPointerEnter={() => prefetch(id)} ref={prefetch.visible(id)}>…</a>
 * ```
 */
export function usePrefetch<S extends object, M extends string>(
  service: ServiceClass<S>,
  method: NamedQuery<S, M>,
  options: QueryOptions<Result<S, M>> = {},
): Prefetch<Args<S, M>, Element> {
  const where = `${getServiceName(service)}.${method}`;
  onlyOptions(where, options, knownOptions.call);
  const client = inject(NetronClient);
  const onServer = activeScope()?.context?.[renderKey] !== undefined;
  const ends = new Set<() => void>();
  onCleanup(() => {
    for (const end of ends) end();
  });
  const prefetch = (...args: Args<S, M>): Promise<void> => {
    const { peer, name } = client.locate(service);
    const defaults = getMethodOptions(service, method)?.options as QueryOptions | undefined;
    return peer.prefetch(name, method as never, args as never, { ...defaults, ...options } as never).catch(within(where));
  };
  return Object.assign(prefetch, {
    visible:
      (...args: Args<S, M>) =>
      (element: Element) => {
        if (typeof IntersectionObserver === 'undefined') return;
        const observer = new IntersectionObserver((seen) => {
          if (!seen.some(({ isIntersecting }) => isIntersecting)) return;
          end();
          void prefetch(...args);
        });
        const end = () => {
          observer.disconnect();
          ends.delete(end);
        };
        ends.add(end);
        observer.observe(element);
      },
    idle(...args: Args<S, M>) {
      if (onServer) return;
      const wait = globalThis.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 1));
      const stop = (globalThis.cancelIdleCallback ?? clearTimeout) as (id: unknown) => void;
      const id = wait(() => {
        ends.delete(end);
        void prefetch(...args);
      });
      const end = () => stop(id);
      ends.add(end);
    },
  });
}
