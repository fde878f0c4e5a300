import { networkOf } from '@omnitron-dev/netron';

/**
 * Returns the host of an address such as `ws://10.0.0.7:51234`: ports change with each connection. Of IPv6 it returns the network of 64 bits, as
 * `2001:db8:0:1::/64`: one machine has all addresses of it. An address of IPv4 that is written as one of IPv6 is one of IPv4.
 */
export function hostOf(address: string): string {
  const [, scheme, rest = ''] = /^([a-z][a-z\d+.-]*:\/\/)?(.*)$/is.exec(address) ?? [];
  const bracketed = /^\[([^\]]*)\]/.exec(rest)?.[1];
  const host = bracketed ?? withoutPort(rest, scheme !== undefined);
  return networkOf(host) || address;
}

/** Cuts off a path and a port. Sockets tell IPv6 without brackets: with a scheme, the last number is the port. */
function withoutPort(rest: string, hasPort: boolean): string {
  const [host = ''] = rest.split('/', 1);
  return hasPort || host.split(':').length === 2 ? host.replace(/:\d+$/, '') : host;
}
