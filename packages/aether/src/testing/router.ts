import { memory } from '../router/history.js';
import type { RouterOptions } from '../router/options.js';
import { RouterProvider } from '../router/outlet.js';
import type { AnyRoute } from '../router/route.js';
import { createRouter, type Router } from '../router/router.js';
import { ComponentDescription } from '../view/component.js';
import type { View } from '../view/types.js';

/** A router in memory, and the view that shows its routes. */
export interface TestRouter {
  readonly router: Router;
  readonly view: View;
}

/**
 * Creates a router in memory, with an initial address. With a `container`, guards, loaders and actions inject from it, whether or not the view
 * is mounted.
 *
 * ```tsx
 * const { router, view } = createTestRouter([home, user], '/users/1');
 * await using page = mount(view);
 * await router.navigate('/');
 * ```
 */
export function createTestRouter(
  routes: readonly AnyRoute[],
  initial = '/',
  options: Omit<RouterOptions, 'routes' | 'history'> = {},
): TestRouter {
  const router = createRouter({ ...options, routes, history: memory({ initial }) });
  return { router, view: new ComponentDescription(RouterProvider, { router }) };
}
