import { networkOf } from '../../util/network.js';
import type { ListenOptions } from '../transport.js';

/** Most concurrent connections, unless an option differs. */
const defaultMaxConnections = 10_000;

/** Counts a server's connections, in total and by client address; IPv6 addresses count by networks of 64 bits. */
export class ConnectionLimit {
  readonly #max: number;
  readonly #maxPerAddress: number;
  readonly #byNetwork = new Map<string, number>();
  #total = 0;

  constructor(options: ListenOptions) {
    this.#max = options.maxConnections ?? defaultMaxConnections;
    this.#maxPerAddress = options.maxConnectionsPerAddress ?? this.#max;
  }

  /** @returns whether there is room; if so, call `leave` with the same address later */
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
