/** Data of routes that a server embeds in the page, which then does not load it again. */
import { readHanded } from '../reactive/handed.js';
import type { Handover } from '../reactive/resource.js';
import { optionsOf } from './load.js';
import type { Page } from './options.js';
import type { Router } from './router.js';

const key = '@omnitron-dev/aether/routes';

/** Data of routes, as a server embeds it. */
export interface Handed {
  readonly href: string;
  /** Data of the loaders, in the order of the routes. */
  readonly data?: readonly unknown[];
  readonly sent?: HandedSubmission;
}

/** Result of a form that was sent before hydration. */
export interface HandedSubmission {
  /** Index of its route in the page. */
  readonly at: number;
  readonly answer?: unknown;
  readonly error?: Readonly<Record<string, unknown>>;
}

/** Offers the data of the routes of a page and the answer of their action for embedding, unless JSON would change it. */
export function offerRoutes(router: Router, handover: Handover): void {
  handover.offer(key, () => {
    const page = router.page.peek();
    if (page === undefined) return undefined;
    const loaded = page.matches.map((match) => (optionsOf(match.route).loader === undefined ? null : match.data));
    const data = loaded.every(isPlain) && page.matches.every(({ error }) => error === undefined) ? loaded : undefined;
    const sent = sentTo(router, page);
    if (data === undefined && sent === undefined) return undefined;
    return { value: { href: hrefOf(page.url), ...(data && { data }), ...(sent && { sent }) } satisfies Handed };
  });
}

function sentTo(router: Router, { matches }: Page): HandedSubmission | undefined {
  const { route, answer, error } = router.submission.peek() ?? {};
  const at = matches.findIndex((match) => match.route === route);
  if (at < 0 || (error === undefined && !isPlain(answer))) return undefined;
  if (error === undefined) return { at, answer };
  const told = ['name', 'message', 'code', 'issues', 'details'].map((name) => [name, (error as never)[name] as unknown]);
  return { at, error: Object.fromEntries(told.filter(([, value]) => isPlain(value))) as Record<string, unknown> };
}

/** Returns the embedded error with its fields, whatever its class was. */
export function errorOf({ message, ...fields }: Readonly<Record<string, unknown>>): Error {
  return Object.assign(new Error(String(message)), fields);
}

/** Returns the embedded data for an address. */
export function handedRoutes(url: URL): Handed | undefined {
  const all = globalThis.document === undefined ? {} : readHanded(document);
  const handed = all === 'unreadable' ? undefined : (all[key] as Handed | undefined);
  return handed?.href === hrefOf(url) ? handed : undefined;
}

const hrefOf = (url: URL | Page['url']): string => url.pathname + url.search;

/** Whether JSON restores the same value. */
function isPlain(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value !== 'object') return false;
  if (Array.isArray(value)) return value.every(isPlain);
  return Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isPlain);
}
