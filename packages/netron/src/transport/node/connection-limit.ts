import { networkOf } from '../../util/network.js';
import type { ListenOptions } from '../transport.js';

/** Connections at a time where no option says otherwise. */
const defaultMaxConnections = 10_000;

/** Counts a server's connections, all together and by the address they come from; those of IPv6 by networks of 64 bits. */
export class ConnectionLimit {
  readonly #max: number;
  readonly #maxPerAddress: number;
  readonly #byNetwork = new Map<string, number>();
  #total = 0;

  constructor(options: ListenOptions) {
    this.#max = options.maxConnections ?? defaultMaxConnections;
    this.#maxPerAddress = options.maxConnectionsPerAddress ?? this.#max;
  }

  /** @returns whether there is room; then `leave` has to follow with the same address */
  enter(address: string): boolean {
    const network = networkOf(address);
    const here = this.#byNetwork.get(network) ?? 0;
    if (this.#total >= this.#max || here >= this.#maxPerAddress) return false;
    this.#total++;
    this.#byNetwork.set(network, here + 1);
    return true;
  }

  leave(address: string): void {
    const network = networkOf(address);
    const here = this.#byNetwork.get(network) ?? 0;
    this.#total--;
    if (here > 1) this.#byNetwork.set(network, here - 1);
    else this.#byNetwork.delete(network);
  }
}
