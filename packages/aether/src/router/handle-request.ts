/** Requests of browsers for a page that a server renders. */
import { addressOf } from './address.js';
import type { Page } from './options.js';
import type { Router } from './router.js';

/** A page that is ready for rendering. */
export interface RoutedPage {
  /** Status of the response: 404 if no route has the address, `statusCode` of an error or else 500, 422 for a refused form. */
  readonly status: number;
}

/** Types of bodies in which browsers send forms. */
const forms = /^(?:multipart\/form-data|application\/x-www-form-urlencoded)(?:;|$)/i;

/**
 * Loads the page of a request in a router whose history has the address of the request. A form that is sent before hydration
 * runs the action of its route, as in the page, unless a guard redirects. The body is read as it is: limit its size before.
 *
 * @param router a router for this request only, not started
 * @returns the status of the page to render, or a response without a page: 302 or 303 for a redirect, 400 for a body that is not a form,
 *   403 for a form from another site or a guard that refuses, 404 outside of the `base`, 405 for a method or a form that nothing takes, 415 for another type
 */
export async function handleRequest(router: Router, request: Request): Promise<Response | RoutedPage> {
  const { method } = request;
  const sent = method === 'POST';
  const address = router.history.entry.href;
  if (!router.addresses.isBelow) return refuse(404);
  if (!sent && method !== 'GET' && method !== 'HEAD') return refuse(405, { allow: 'GET, HEAD, POST' });
  // A form of another site would carry the cookies of this one.
  if (sent && !isOwn(request)) return refuse(403);
  if (sent && !forms.test(request.headers.get('content-type') ?? '')) return refuse(415);
  const moved = () => (router.history.entry.href === address ? undefined : lead(router, router.history.entry.href, sent));
  await router.start();
  const elsewhere = moved();
  if (elsewhere !== undefined) return elsewhere;
  const page = router.page.peek();
  if (page === undefined) return refuse(403);
  const status = statusOf(page);
  if (!sent || status !== 200) return { status };
  if (!router.hasAction(router.url)) return refuse(405, { allow: 'GET, HEAD' });
  const form = await request.formData().catch(() => undefined);
  if (form === undefined) return refuse(400);
  let answer: Response | undefined;
  await router.act(router.url.href, form, async (target) => {
    answer = lead(router, addressOf(target), true);
  });
  const { error } = router.submission.peek() ?? {};
  return answer ?? moved() ?? { status: error === undefined ? statusOf(router.page.peek() ?? page) : (codeOf(error) ?? 422) };
}

/** Returns whether a form comes from this site: browsers report the relation of the sites if they can, and the origin. */
const isOwn = ({ headers, url }: Request): boolean =>
  headers.get('sec-fetch-site') === 'same-origin' || headers.get('origin') === new URL(url).origin;

const refuse = (status: number, headers: Record<string, string> = {}): Response => new Response(null, { status, headers });

const lead = (router: Router, href: string, sent: boolean): Response =>
  refuse(sent ? 303 : 302, { location: router.history.address(href) });

function statusOf({ matches }: Page): number {
  if (matches.length === 0) return 404;
  const error = matches.find((match) => match.error !== undefined)?.error;
  return error === undefined ? 200 : (codeOf(error) ?? 500);
}

function codeOf(error: object): number | undefined {
  const { statusCode: code } = error as { readonly statusCode?: unknown };
  return typeof code === 'number' && Number.isInteger(code) && code >= 400 && code < 600 ? code : undefined;
}
