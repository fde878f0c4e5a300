import { ipIn } from '../util/network.js';

/**
 * Whether the `X-Forwarded-For` of a proxy is believed.
 *
 * @param address IP address of the proxy, in its one form; of a connection that has none, such as one of a Unix socket, `''`
 * @param hop 0 for the connection's own end, 1 for the last entry of the header, and so on
 */
export type Trusts = (address: string, hop: number) => boolean;

/**
 * Returns the address of whoever asks: that of the connection; behind trusted proxies the last one of `X-Forwarded-For` that
 * none of them stands for, without a port. An entry that is no IP address names nobody: the proxy that passed it on counts.
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
