/**
 * Returns the network to which per-host limits apply: for an IPv6 address its network of 64 bits, as `2001:db8:0:1::/64`, since one machine
 * may have all its addresses; for an IPv4 address written as IPv6, the IPv4 address; anything else unchanged.
 *
 * @param host address without port and brackets
 */
export function networkOf(host: string): string {
  if (!host.includes(':')) return host;
  const groups = groupsOf(host);
  if (groups === undefined) return host;
  return (
    ipv4In(groups) ??
    `${groups
      .slice(0, 4)
      .map((group) => group.toString(16))
      .join(':')}::/64`
  );
}

/**
 * Returns the IP address in a string such as a hop of `X-Forwarded-For`, in its canonical form: without the port and the brackets that some
 * proxies write, and with an IPv4 address written as IPv6 as IPv4. `undefined` when there is none.
 */
export function ipIn(text: string): string | undefined {
  const host = /^\[(.*)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  const groups = groupsOf(host);
  return groups && (ipv4In(groups) ?? canonicalOf(host));
}

/** Returns the eight numbers of an IP address, an IPv4 address as IPv6 writes it; `undefined` when it is not one. */
export function groupsOf(host: string): readonly number[] | undefined {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(host)) {
    const [a = 0, b = 0, c = 0, d = 0] = host.split('.').map(Number);
    return Math.max(a, b, c, d) > 255 ? undefined : [0, 0, 0, 0, 0, 0xffff, a * 256 + b, c * 256 + d];
  }
  const canonical = canonicalOf(host);
  if (canonical === undefined) return undefined;
  const [front = '', back] = canonical.split('::');
  const first = numbersOf(front);
  const last = numbersOf(back ?? '');
  return [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
}

function ipv4In(groups: readonly number[]): string | undefined {
  const [high = 0, low = 0] = groups.slice(6);
  const mapped = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
  return mapped ? [high >> 8, high & 255, low >> 8, low & 255].join('.') : undefined;
}

const numbersOf = (part: string): number[] => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));

/** Returns the canonical form of an IPv6 address, without an interface such as `%eth0`; `undefined` when it is not one. */
function canonicalOf(host: string): string | undefined {
  const [address = ''] = host.split('%', 1);
  if (!/^[\da-f:.]+$/i.test(address)) return undefined;
  try {
    return new URL(`http://[${address}]`).hostname.slice(1, -1);
  } catch {
    return undefined;
  }
}
