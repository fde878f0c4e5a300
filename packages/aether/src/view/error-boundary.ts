import { inert } from '../reactive/effect.js';
import { report, toError } from '../reactive/error.js';
import { activeScope, errorHandler, onError } from '../reactive/owner.js';
import { signal } from '../reactive/signal.js';
import { ComponentDescription } from './component.js';
import type { View } from './types.js';

/** Properties of `ErrorBoundary`. */
export interface ErrorBoundaryProps {
  /** Shown instead of the children after an error; `reset` creates them again. */
  readonly fallback: View | ((error: Error, reset: () => void) => View);
  readonly children?: View;
}

/**
 * Shows `fallback` when something below throws: a component, a view, an effect, a cleanup, an event handler. Errors of the
 * fallback go to the next boundary outside; further errors of the failed content are reported, with `console.error` while a
 * server renders a page.
 */
export function ErrorBoundary(props: ErrorBoundaryProps): View {
  const failure = signal<{ readonly error: Error } | undefined>(undefined);
  const outside = errorHandler();
  // On a server, reporting an uncaught error would exit the process.
  const onServer = activeScope()?.context?.[inert];
  onError((thrown) => {
    if (failure.peek() === undefined) failure.set({ error: toError(thrown) });
    else if (onServer) console.error(thrown);
    else report(thrown);
  });
  const reset = () => failure.set(undefined);
  const Fallback = ({ error }: { readonly error: Error }) => {
    onError(outside);
    return () => {
      const { fallback } = props;
      return typeof fallback === 'function' && fallback.length > 0
        ? (fallback as (error: Error, reset: () => void) => View)(error, reset)
        : (fallback as View);
    };
  };
  return () => {
    const failed = failure();
    // A separate component, so that it takes over nothing from the failed one.
    return failed === undefined ? props.children : new ComponentDescription(Fallback as never, failed as never, failed);
  };
}
