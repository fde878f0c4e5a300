/** Addresses of a server. */
import { defaultPath } from '@omnitron-dev/netron/http/client';

/**
 * Returns the address of a node's calls, without a slash at the end.
 *
 * @throws TypeError when it is not the address of a server
 */
export function baseOf(url: string, path: string | undefined): string {
  // An address without a host belongs to the server of the page.
  const page = (globalThis as { location?: { href: string } }).location?.href;
  const address = URL.canParse(url, page) ? new URL(url, page) : undefined;
  if (address?.protocol !== 'http:' && address?.protocol !== 'https:')
    throw new TypeError(`HttpRemotePeer: url must start with http: or https:, not '${url}'`);
  const { origin, pathname } = address;
  const own = pathname.replace(/\/+$/, '');
  return origin + (path ?? (own === '' ? defaultPath : own)).replace(/\/+$/, '');
}

/** Returns the WebSocket address of a server's connections: `given`, or otherwise its own. */
export function socketAddress(url: string, given: string | undefined): string {
  return given ?? `${url.replace(/^http/, 'ws')}`;
}
