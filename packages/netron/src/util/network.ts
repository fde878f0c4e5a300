/**
 * Returns the network that limits of one host count: of an IPv6 address its network of 64 bits, as `2001:db8:0:1::/64`, since one machine has all
 * addresses of it; the IPv4 address in one that is written as IPv6; anything else as it is.
 *
 * @param host address without port and brackets
 */
export function networkOf(host: string): string {
  if (!host.includes(':')) return host;
  // An interface such as `%eth0` is no part of the address.
  const [address = ''] = host.split('%', 1);
  const canonical = canonicalOf(address);
  if (canonical === undefined) return host;
  const [front = '', back] = canonical.split('::');
  const first = groupsOf(front);
  const last = groupsOf(back ?? '');
  const groups = [...first, ...Array<string>(back === undefined ? 0 : 8 - first.length - last.length).fill('0'), ...last];
  if (groups.slice(0, 6).join(':') !== '0:0:0:0:0:ffff') return `${groups.slice(0, 4).join(':')}::/64`;
  const [high = 0, low = 0] = groups.slice(6).map((group) => Number.parseInt(group, 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

const groupsOf = (part: string): string[] => (part === '' ? [] : part.split(':'));

/** Returns the one form of an IPv6 address; `undefined` for what is none. */
function canonicalOf(address: string): string | undefined {
  try {
    return new URL(`http://[${address}]`).hostname.slice(1, -1);
  } catch {
    return undefined;
  }
}
