/** Data of routes that a server hands to the page, which then does not load it again. */
import { readHanded } from '../reactive/handed.js';
import type { Handover } from '../reactive/resource.js';
import { optionsOf } from './load.js';
import type { Page } from './options.js';
import type { Router } from './router.js';

const key = '@omnitron-dev/aether/routes';

interface Handed {
  readonly href: string;
  readonly data: readonly unknown[];
}

/** Offers what the routes of a page have loaded, unless JSON would change it. */
export function offerRoutes(router: Router, handover: Handover): void {
  handover.offer(key, () => {
    const page = router.page.peek();
    if (page === undefined || page.matches.some(({ error }) => error !== undefined)) return undefined;
    const data = page.matches.map((match) => (optionsOf(match.route).loader === undefined ? null : match.data));
    return data.every(isPlain) ? { value: { href: hrefOf(page.url), data } satisfies Handed } : undefined;
  });
}

/** Returns what a server has loaded for an address, in the order of its routes. */
export function handedRoutes(url: URL): readonly unknown[] | undefined {
  const all = globalThis.document === undefined ? {} : readHanded(document);
  const handed = all === 'unreadable' ? undefined : (all[key] as Handed | undefined);
  return handed?.href === hrefOf(url) ? handed.data : undefined;
}

const hrefOf = (url: URL | Page['url']): string => url.pathname + url.search;

/** Whether JSON gives the same value back. */
function isPlain(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value !== 'object') return false;
  if (Array.isArray(value)) return value.every(isPlain);
  return Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isPlain);
}
