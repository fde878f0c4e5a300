import { ipIn } from '../util/network.js';

/**
 * Decides whether the `X-Forwarded-For` header of a proxy is trusted.
 *
 * @param address IP address of the proxy in its canonical form; `''` for a connection without one, such as a Unix socket
 * @param hop 0 for the remote end of the connection, 1 for the last entry of the header, and so on
 */
export type Trusts = (address: string, hop: number) => boolean;

/**
 * Returns the address of the client: that of the connection or, behind trusted proxies, the last entry of `X-Forwarded-For` that is not
 * itself a trusted proxy, without its port. When an entry is not an IP address, the proxy that passed it on counts as the client.
 *
 * @param address of the connection
 */
export function clientAddress(forwarded: string | undefined, address: string, trusts: Trusts): string {
  if (forwarded === undefined || !trusts(ipIn(address) ?? address, 0)) return address;
  let client = address;
  for (const [index, entry] of forwarded.split(',').reverse().entries()) {
    const found = ipIn(entry.trim());
    if (found === undefined) return client;
    client = found;
    if (!trusts(found, index + 1)) return client;
  }
  return client;
}
