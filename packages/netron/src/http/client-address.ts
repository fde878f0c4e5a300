/**
 * Returns the address of whoever asks: that of the connection; behind trusted proxies the last one of `X-Forwarded-For` that
 * none of them has added itself.
 *
 * @param address of the connection
 * @param trusts whether the header of a proxy at an address is believed
 */
export function clientAddress(forwarded: string | undefined, address: string, trusts: (address: string) => boolean): string {
  if (forwarded === undefined || !trusts(address)) return address;
  const hops = forwarded.split(',').map((hop) => hop.trim());
  return hops.findLast((hop, index) => index === 0 || !trusts(hop)) || address;
}
