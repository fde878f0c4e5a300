import { toError } from '../reactive/error.js';
import { onError } from '../reactive/owner.js';
import { signal } from '../reactive/signal.js';
import type { View } from './types.js';

/** Properties of `ErrorBoundary`. */
export interface ErrorBoundaryProps {
  /** Shown instead of the children after an error; `reset` shows them anew. */
  readonly fallback: View | ((error: Error, reset: () => void) => View);
  readonly children?: View;
}

/**
 * Shows `fallback` when something below throws: a component, a view, an effect, a cleanup, a handler. Errors of the fallback
 * go to the next boundary outside.
 */
export function ErrorBoundary(props: ErrorBoundaryProps): View {
  const failure = signal<{ error: Error } | undefined>(undefined);
  onError((thrown) => {
    if (failure.peek() !== undefined) throw thrown;
    failure.set({ error: toError(thrown) });
  });
  return () => {
    const failed = failure();
    if (failed === undefined) return props.children;
    const { fallback } = props;
    return typeof fallback === 'function' && fallback.length > 0
      ? (fallback as (error: Error, reset: () => void) => View)(failed.error, () => failure.set(undefined))
      : (fallback as View);
  };
}
