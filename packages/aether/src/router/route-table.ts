import { optionsOf } from './load.js';
import { comparePaths, matchPath, type Params, parsePath } from './path.js';
import type { AnyRoute } from './route.js';

/** The route of an address, with its parent routes. */
export interface FoundRoute {
  /** Routes from the outermost to the innermost. */
  readonly chain: readonly AnyRoute[];
  readonly params: Params;
}

/**
 * Returns a function that finds the most specific route of an address.
 *
 * @throws TypeError for a malformed path
 */
export function routeTable(routes: readonly AnyRoute[]): (url: URL) => FoundRoute | undefined {
  const branches = routes
    .flatMap((route) => chainsOf(route, []))
    .map((chain) => ({ chain, pattern: parsePath((chain.at(-1) as AnyRoute).path) }))
    .sort((a, b) => comparePaths(a.pattern, b.pattern));
  return (url) => {
    for (const { chain, pattern } of branches) {
      const params = matchPath(pattern, url.pathname);
      if (params !== undefined) return { chain, params };
    }
    return undefined;
  };
}

/** Returns the chains of routes that end in a route without children. */
function chainsOf(route: AnyRoute, above: readonly AnyRoute[]): AnyRoute[][] {
  const chain = [...above, route];
  const children = optionsOf(route).children ?? [];
  return children.length === 0 ? [chain] : children.flatMap((child) => chainsOf(child, chain));
}
