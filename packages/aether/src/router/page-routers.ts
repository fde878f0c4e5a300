import type { Router } from './router.js';

/** Routers that follow the history of the page. */
export const pages = new Set<Router>();

/** The router of the page, if there is one only. */
export function pageRouter(): Router | undefined {
  return pages.size === 1 ? [...pages][0] : undefined;
}
