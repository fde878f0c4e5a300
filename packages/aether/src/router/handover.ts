/** Data of routes that a server embeds in the page, which then does not load it again. */
import type { Container } from '@omnitron-dev/nexus';
import { earlyTakers, readHanded } from '../reactive/handed.js';
import type { Handover } from '../reactive/resource.js';
import type { Page } from './options.js';
import type { Router } from './router.js';

const key = '@omnitron-dev/aether/routes';

/** Data of routes, and the result of a form that was sent before hydration. */
export interface HandedData {
  /** Data of the loaders, in the order of the routes. */
  readonly data?: readonly unknown[];
  readonly sent?: HandedSubmission;
}

/** The same, as a server embeds it. */
export interface Handed extends HandedData {
  readonly href: string;
  /** In place of it, as rich JSON, when it has values that JSON lacks. */
  readonly rich?: string;
}

/** Result of a form that was sent before hydration. */
export interface HandedSubmission {
  /** Index of its route in the page. */
  readonly at: number;
  readonly answer?: unknown;
  readonly error?: Readonly<Record<string, unknown>>;
}

/** Offers the data of the routes of a page and the answer of their action for embedding. */
export function offerRoutes(router: Router, handover: Handover): void {
  handover.offer(key, async () => {
    const { writeRoutes } = await import('./write-routes.js');
    const page = router.page.peek();
    return page && { value: { href: hrefOf(page.url), ...writeRoutes(page, router.submission.peek()) } satisfies Handed };
  });
}

/** Returns the embedded error with its fields, whatever its class was. */
export function errorOf({ message, ...fields }: Readonly<Record<string, unknown>>): Error {
  return Object.assign(new Error(String(message)), fields);
}

/** Returns what is embedded for an address. */
export function handedRoutes(url: URL): Handed | undefined {
  const handed = allHanded()[key] as Handed | undefined;
  return handed?.href === hrefOf(url) ? handed : undefined;
}

/**
 * Returns the data that is embedded for an address. If there is any, the container first takes what is embedded of its services, which
 * guards and loaders then read. The page itself loads what cannot be read.
 */
export async function takeRoutes(url: URL, container: Container | undefined): Promise<HandedData | undefined> {
  const handed = handedRoutes(url);
  if (handed === undefined) return undefined;
  const all = allHanded();
  const { rich } = handed;
  const [data] = await Promise.all([
    rich === undefined ? handed : import('./read-routes.js').then(({ readRoutes }) => readRoutes(rich)).catch(() => undefined),
    ...earlyTakers.map(async (take) => {
      try {
        await (container && take(all, container));
      } catch {}
    }),
  ]);
  return data;
}

function allHanded(): Readonly<Record<string, unknown>> {
  const all = globalThis.document === undefined ? {} : readHanded(document);
  return all === 'unreadable' ? {} : all;
}

const hrefOf = (url: URL | Page['url']): string => url.pathname + url.search;
