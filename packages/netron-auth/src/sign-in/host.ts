import { networkOf } from '@omnitron-dev/netron';

/**
 * Returns the host of an address such as `ws://10.0.0.7:51234`, since ports change with each connection. For IPv6 it returns the network of
 * 64 bits, as `2001:db8:0:1::/64`, since one machine may have all its addresses. An IPv4 address written as IPv6 counts as IPv4.
 */
export function hostOf(address: string): string {
  const [, scheme, rest = ''] = /^([a-z][a-z\d+.-]*:\/\/)?(.*)$/is.exec(address) ?? [];
  const bracketed = /^\[([^\]]*)\]/.exec(rest)?.[1];
  const host = bracketed ?? withoutPort(rest, scheme !== undefined);
  return networkOf(host) || address;
}

/** Removes path and port. Sockets report IPv6 addresses without brackets: with a scheme, the last number is the port. */
function withoutPort(rest: string, hasPort: boolean): string {
  const [host = ''] = rest.split('/', 1);
  return hasPort || host.split(':').length === 2 ? host.replace(/:\d+$/, '') : host;
}
