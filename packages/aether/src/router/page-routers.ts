import type { Router } from './router.js';

/** Routers that use the history of the page. */
export const pages = new Set<Router>();

/** Returns the router of the page, if there is exactly one. */
export function pageRouter(): Router | undefined {
  return pages.size === 1 ? [...pages][0] : undefined;
}
