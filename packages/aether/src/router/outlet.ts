import { findContainer } from '../di/container.js';
import { Provide } from '../di/provide.js';
import { computed } from '../reactive/computed.js';
import { AetherError, report } from '../reactive/error.js';
import { activeScope, currentScope, provide } from '../reactive/owner.js';
import { type Handover, handoverKey } from '../reactive/resource.js';
import { ComponentDescription } from '../view/component.js';
import { createContext, useContext } from '../view/context.js';
import { onMount } from '../view/mounts.js';
import type { Component, View } from '../view/types.js';
import { offerRoutes } from './handover.js';
import { type Match, optionsOf } from './load.js';
import { announcer } from './page-effects.js';
import { pageRouter, pages } from './page-routers.js';
import type { Router } from './router.js';

const routerKey = Symbol('aether.router');
const Depth = createContext(0);

/** Properties of `RouterProvider`. */
export interface RouterProviderProps {
  readonly router: Router;
  /** Default: the routes of the page. */
  readonly children?: View;
}

/** Provides a router to its children, starts it, and stops it when it is disposed. `Outlet` marks the place of the page among its children. */
export function RouterProvider(props: RouterProviderProps): View {
  const { router } = props;
  const scope = currentScope('RouterProvider');
  router.container ??= findContainer();
  provide(scope, routerKey, router);
  const handover = scope.context?.[handoverKey] as Handover | undefined;
  if (handover !== undefined) offerRoutes(router, handover);
  if (globalThis.document !== undefined) {
    router.start().catch(report);
    scope.defer(() => router.stop());
    onMount(() => {
      if (pages.has(router)) announcer();
    });
  }
  return () => props.children ?? new ComponentDescription(Outlet, {});
}

/**
 * Returns the router of the component.
 *
 * @throws AetherError `no_owner` outside of a `RouterProvider`
 */
export function useRouter(): Router {
  const router = activeScope()?.context?.[routerKey] as Router | undefined;
  if (router === undefined) throw new AetherError('no_owner', 'useRouter() needs a RouterProvider around it');
  return router;
}

/** Returns the surrounding router, or else the one of the page. */
export function nearestRouter(): Router {
  const router = (activeScope()?.context?.[routerKey] as Router | undefined) ?? pageRouter();
  if (router === undefined) {
    throw new AetherError('no_owner', 'navigate() needs a RouterProvider around it, or a page with one router: use useRouter()');
  }
  return router;
}

/** Shows the next inner route, in the component of its parent. */
export function Outlet(): View {
  const router = useRouter();
  const depth = useContext(Depth);
  const match = computed(() => router.page()?.matches[depth]);
  const failed = computed(() => failure(router.page()?.matches ?? [], depth));
  return () => {
    const error = failed();
    if (error !== undefined) {
      const retry = () => router.reload();
      if (error.component === undefined) throw error.error;
      return new ComponentDescription(error.component, { error: error.error, retry }, `error ${error.at}`);
    }
    const current = match();
    if (current !== undefined) return shown(current, depth);
    if (depth > 0) return undefined;
    const page = router.page();
    const component = page === undefined ? router.options.pending : router.options.notFound;
    return component && new ComponentDescription(component, {}, page === undefined ? 'pending' : 'not found');
  };
}

/** Always the same value, so that an unchanged page has the same children. */
const outlet = /* @__PURE__ */ new ComponentDescription(() => Outlet(), {});

/** Shows a route's component around its outlet; only the outlet if it has none. */
function shown({ component, route, pending }: Match, depth: number): View {
  const content = component === undefined ? outlet : new ComponentDescription(component, { children: outlet });
  const { module } = optionsOf(route);
  const children = module === undefined || pending ? content : new ComponentDescription(Provide, { module, children: content });
  return new ComponentDescription(Depth.Provider, { value: depth + 1, children }, route.path);
}

interface Failure {
  readonly error: Error;
  readonly component: Component<{ readonly error: Error; readonly retry: () => Promise<void> }> | undefined;
  readonly at: number;
}

/** Returns the error to show at a depth: that of the route there, or of one below without a nearer `error`. */
function failure(matches: readonly Match[], depth: number): Failure | undefined {
  const at = matches.findIndex(({ error }) => error !== undefined);
  if (at < 0) return undefined;
  const place = matches.slice(0, at + 1).findLastIndex(({ route }) => optionsOf(route).error !== undefined);
  if (depth !== Math.max(place, 0)) return undefined;
  const component = place < 0 ? undefined : optionsOf((matches[place] as Match).route).error;
  return { error: (matches[at] as Match).error as Error, component, at };
}
