import { copy } from './construct.js';
import type { Entry } from './registry.js';
import { alive, now, type Postpone, resolve } from './resolve.js';
import type { InjectionToken, LazyDependency, Wish } from './token.js';

const postpone: Postpone =
  ({ token, home, deps }, owner, via) =>
  () => {
    alive(owner.request ?? home, via);
    return now(resolve(deps[0] as Entry, owner, via), token);
  };

/**
 * Injects a function that returns the instance when called: for two providers that depend on each other, and for expensive
 * dependencies that are rarely needed. The target is checked with the rest of the graph.
 *
 * @param token an arrow function, so that the class may be defined later in the file
 */
export function lazy<T>(token: () => InjectionToken<T>): LazyDependency<T> {
  const dependency: LazyDependency<T> & Wish = { token, lazy: true, later: postpone, copy };
  return dependency;
}
