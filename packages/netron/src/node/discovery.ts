/** Discovery as a node has it: loaded when its options ask for it, told of what the node does, and heard by those who call others. */
import type { Discovery } from '../discovery/discovery.js';
import type { NodeUse } from '../discovery/explain.js';
import type { DiscoveryNodeOptions } from '../discovery/options.js';
import type { DiscoverableNode } from '../discovery/start.js';
import { wantsDiscovery } from '../discovery/wanted.js';
import { NetronError } from '../errors/netron-error.js';
import { loadDiscovery } from './on-demand.js';

/** Parts of the node that call others. */
export interface DiscoveryListener {
  /** Other nodes have come, changed or left. */
  changed(): void;
  /** Tells how the nodes of a query are used. */
  uses(query: string): readonly NodeUse[];
  /** Connects to nodes that may have a service; returns what ends that. */
  seek(query: string): () => void;
}

export class NodeDiscovery {
  /** Whether the options ask for it. */
  readonly wanted: boolean;
  readonly #node: DiscoverableNode;
  readonly #options: DiscoveryNodeOptions;
  readonly #timeout: number;
  readonly #listener: DiscoveryListener;
  #discovery: Discovery | undefined;

  /** @param timeout milliseconds that registries have to answer at the start */
  constructor(node: DiscoverableNode, options: DiscoveryNodeOptions, timeout: number, listener: DiscoveryListener) {
    this.wanted = wantsDiscovery(options);
    this.#node = node;
    this.#options = options;
    this.#timeout = timeout;
    this.#listener = listener;
  }

  /** `undefined` when it is off, or has not begun to start. */
  get current(): Discovery | undefined {
    return this.#discovery;
  }

  /** @throws NetronError `failed_precondition` when discovery is off, or has not begun to start */
  get discovery(): Discovery {
    if (this.#discovery !== undefined) return this.#discovery;
    const reason = this.wanted
      ? 'has not begun: it starts with startListening()'
      : 'is off: give the option discovery, for instance discovery: true';
    throw new NetronError('failed_precondition', `discovery ${reason}`);
  }

  /** Starts what the options ask for; `undefined` when that is nothing. */
  start(): Promise<void> | undefined {
    return this.wanted ? this.#start() : undefined;
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
    const { startDiscovery } = await loadDiscovery();
    try {
      await startDiscovery(this.#node, this.#options, this.#timeout, (made) => this.#begin(made));
    } catch (error) {
      this.#discovery = undefined;
      throw error;
    }
  }

  /** Listeners are open already: a call may come, and be made, before registries have answered. */
  #begin(made: Discovery): void {
    const { changed, uses, seek } = this.#listener;
    this.#discovery = made;
    for (const event of ['node:joined', 'node:left', 'node:changed'] as const) made.on(event, changed);
    made.usedBy(uses, seek);
  }
}
