import { toError } from '../reactive/error.js';
import { signal } from '../reactive/signal.js';
import { Suspension } from '../reactive/suspend.js';
import { Description } from './description.js';
import type { Component, View } from './types.js';

/** A component that is loaded when it is first used. */
export type LazyComponent<P> = Component<P> & {
  /** Loads it before it is used. Never rejects: the error is thrown where the component is used. */
  preload(): Promise<void>;
};

/**
 * Makes a component of a module that is loaded when it is first used. Meanwhile the nearest `Suspense` shows its fallback. A
 * failed load goes to the nearest `ErrorBoundary`; its `reset` loads again.
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
  const preload = (): Promise<void> => {
    loading ??= Promise.resolve()
      .then(load)
      .then((module) => {
        if (typeof module.default !== 'function')
          throw new TypeError('lazy() takes a module whose default export is a component');
        component = module.default;
      })
      .catch((error: unknown) => {
        failure = toError(error);
      })
      .then(() => settled.set(true));
    return loading;
  };
  const Lazy = (props: P) => (): View => {
    if (!settled()) throw new Suspension(preload());
    if (component !== undefined) return new Description(component, props as Record<string, unknown>, undefined);
    const error = failure;
    failure = loading = undefined;
    settled.set(false);
    throw error;
  };
  return Object.assign(Lazy, { preload });
}
