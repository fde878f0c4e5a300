import { toError } from '../reactive/error.js';
import { active } from '../reactive/graph.js';
import { onCleanup } from '../reactive/owner.js';
import { signal } from '../reactive/signal.js';
import { Suspension } from '../reactive/suspend.js';
import { ComponentDescription } from './component.js';
import type { Component, View } from './types.js';

/**
 * Returns the component of a module.
 *
 * @throws TypeError if its default export is not a component
 */
export function componentOf<C>(module: { readonly default: C }): C {
  if (typeof module.default !== 'function') throw new TypeError('lazy: the default export must be a component');
  return module.default;
}

/** A component that loads on first use. */
export type LazyComponent<P> = Component<P> & {
  /** Loads it before it is used. Never rejects: each use throws the error. */
  preload(): Promise<void>;
};

/**
 * Creates a component from a module that loads on first use. Until then the nearest `Suspense` shows its fallback. A failed
 * load goes to the nearest `ErrorBoundary` of each use. Only its `reset`, or the first use after a failed one was disposed,
 * loads again.
 *
 * ```ts
 * const Editor = lazy(() => import('./editor.js'));
 * ```
 */
export function lazy<P>(load: () => Promise<{ readonly default: Component<P> }>): LazyComponent<P> {
  const settled = signal(false);
  let component: Component<P> | undefined;
  let failure: Error | undefined;
  let loading: Promise<void> | undefined;
  /** Whether a failed use was disposed, so that the next one is a new attempt. */
  let ended = false;
  const preload = (): Promise<void> => {
    loading ??= Promise.resolve()
      .then(load)
      .then((module) => {
        component = componentOf(module);
      })
      .catch((error: unknown) => {
        failure = toError(error);
      })
      .then(() => {
        ended = false;
        // Hydration tells by this number whether state has changed since the view was made. The arrival of code is no such change,
        // not even for what it hydrates as it arrives.
        active.changes--;
        settled.set(true);
      });
    return loading;
  };
  const Lazy = (props: P) => {
    if (ended) {
      ended = false;
      failure = loading = undefined;
      settled.set(false);
    }
    return (): View => {
      if (!settled()) throw new Suspension(preload());
      if (component !== undefined) return new ComponentDescription(component, props as Record<string, unknown>);
      onCleanup(() => {
        ended = true;
      });
      throw failure;
    };
  };
  return Object.assign(Lazy, { preload });
}
