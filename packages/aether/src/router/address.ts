import type { RouteAddress, Target } from './options.js';
import { buildPath, type Params } from './path.js';
import type { AnyRoute } from './route.js';
import { writeQuery } from './schema.js';

/** Returns path, query and fragment, with one leading slash: after two, a browser would read a host name. */
export const addressOf = ({ pathname, search, hash }: URL): string => pathname.replace(/^\/{2,}/, '/') + search + hash;

/**
 * Returns the path of a `base`, as browsers write it, without a slash at its end.
 *
 * @throws TypeError unless it is a path
 */
export function baseOf(base: string): string {
  const url = base === '' || /^\/(?![/\\])[^?#]*$/.test(base) ? new URL(base, 'http://localhost') : undefined;
  if (url === undefined) throw new TypeError(`createRouter: base must be a path such as '/app', not '${base}'`);
  return addressOf(url).replace(/\/+$/, '');
}

/** Parses an address; `undefined` if it is malformed, or has another origin. */
export function insideOf(to: string, base: URL, origin: string): URL | undefined {
  try {
    const url = new URL(to, base);
    return url.origin === origin ? new URL(addressOf(url), origin) : undefined;
  } catch {
    return undefined;
  }
}

/** Parses an address of a history. */
export const readAddress = (href: string, origin: string): URL =>
  new URL(addressOf(new URL(href.startsWith('/') ? origin + href : href, origin)), origin);

/** Returns an address as it is, and the address of a route. */
export function targetOf(to: Target, { params, search, hash }: RouteAddress<AnyRoute>): string {
  if (typeof to === 'string') return to;
  const fragment = hash === undefined || hash === '' ? '' : `#${hash.replace(/^#/, '')}`;
  return buildPath(to.path, (params ?? {}) as Params) + writeQuery((search ?? {}) as Record<string, unknown>) + fragment;
}
