/**
 * Returns the host of an address such as `ws://10.0.0.7:51234`: ports change with each connection. Of IPv6 it returns the network of 64 bits, as
 * `2001:db8:0:1::/64`: one machine has all addresses of it. An address of IPv4 that is written as one of IPv6 is one of IPv4.
 */
export function hostOf(address: string): string {
  const [, scheme, rest = ''] = /^([a-z][a-z\d+.-]*:\/\/)?(.*)$/is.exec(address) ?? [];
  const bracketed = /^\[([^\]]*)\]/.exec(rest)?.[1];
  const host = bracketed ?? withoutPort(rest, scheme !== undefined);
  return host.includes(':') ? (networkOf(host) ?? host) : host || address;
}

/** Cuts off a path and a port. Sockets tell IPv6 without brackets: with a scheme, the last number is the port. */
function withoutPort(rest: string, hasPort: boolean): string {
  const [host = ''] = rest.split('/', 1);
  return hasPort || host.split(':').length === 2 ? host.replace(/:\d+$/, '') : host;
}

/** Returns the network of an IPv6 address, or the IPv4 address in it; `undefined` for what is neither. */
function networkOf(host: string): string | undefined {
  // An interface such as `%eth0` is no part of the address.
  const [address = ''] = host.split('%', 1);
  const [front = '', back] = canonical(address)?.split('::') ?? [];
  if (front === '' && back === undefined) return undefined;
  const [first, last] = [front, back ?? ''].map((part) => (part === '' ? [] : part.split(':')));
  const groups = [...first!, ...Array<string>(back === undefined ? 0 : 8 - first!.length - last!.length).fill('0'), ...last!];
  const [high = 0, low = 0] = groups.slice(6).map((group) => Number.parseInt(group, 16));
  if (groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff') return [high >> 8, high & 255, low >> 8, low & 255].join('.');
  return `${groups.slice(0, 4).join(':')}::/64`;
}

/** Returns the one form of an IPv6 address; `undefined` for what is none. */
function canonical(address: string): string | undefined {
  try {
    return new URL(`http://[${address}]`).hostname.slice(1, -1);
  } catch {
    return undefined;
  }
}
