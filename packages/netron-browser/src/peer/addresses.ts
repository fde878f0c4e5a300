/** Addresses of a server. */
import { defaultPath } from '@omnitron-dev/netron/http/client';

/**
 * The address of a node's calls, without a slash at the end.
 *
 * @throws TypeError when it is no address of a server
 */
export function baseOf(url: string, path: string | undefined): string {
  // An address without a host is one of the page's own server.
  const page = (globalThis as { location?: { href: string } }).location?.href;
  const address = URL.canParse(url, page) ? new URL(url, page) : undefined;
  if (address?.protocol !== 'http:' && address?.protocol !== 'https:')
    throw new TypeError(`the address of an HttpRemotePeer begins with http: or https:, not '${url}'`);
  const { origin, pathname } = address;
  const own = pathname.replace(/\/+$/, '');
  return origin + (path ?? (own === '' ? defaultPath : own)).replace(/\/+$/, '');
}

/** The address of a server's connections: its own, by WebSocket. */
export function socketAddress(url: string, given: string | undefined): string {
  return given ?? `${url.replace(/^http/, 'ws')}`;
}
