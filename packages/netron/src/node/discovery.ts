/** Discovery as a node has it: loaded when its options ask for it, and told of what the node does. */
import type { Discovery } from '../discovery/discovery.js';
import type { DiscoveryNodeOptions } from '../discovery/options.js';
import type { DiscoverableNode } from '../discovery/start.js';
import { NetronError } from '../errors/netron-error.js';

export class NodeDiscovery {
  readonly #node: DiscoverableNode;
  readonly #options: DiscoveryNodeOptions;
  readonly #timeout: number;
  #discovery: Discovery | undefined;

  /** @param timeout milliseconds that registries have to answer at the start */
  constructor(node: DiscoverableNode, options: DiscoveryNodeOptions, timeout: number) {
    this.#node = node;
    this.#options = options;
    this.#timeout = timeout;
  }

  /** `undefined` when it is off, or has not started. */
  get current(): Discovery | undefined {
    return this.#discovery;
  }

  /** @throws NetronError `failed_precondition` when discovery is off, or has not started */
  get discovery(): Discovery {
    if (this.#discovery !== undefined) return this.#discovery;
    throw new NetronError('failed_precondition', 'discovery is off: give the option discovery, for instance discovery: true');
  }

  /** Starts what the options ask for; `undefined` when that is nothing. */
  start(): Promise<void> | undefined {
    const { discovery, discoveryEnabled } = this.#options;
    return (discovery ?? discoveryEnabled ?? false) === false ? undefined : this.#start();
  }

  /** The node has changed: services have come or gone, or it takes no new work. */
  changed(): void {
    this.#discovery?.announce();
  }

  peerLeft(id: string): void {
    this.#discovery?.disconnected(id);
  }

  /** Takes the node out of the registries; `undefined` when it is in none. */
  stop(): Promise<void> | undefined {
    return this.#discovery?.stop();
  }

  async #start(): Promise<void> {
    const { startDiscovery } = await import('../discovery/start.js');
    this.#discovery = await startDiscovery(this.#node, this.#options, this.#timeout);
  }
}
