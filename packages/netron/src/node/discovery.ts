/** Discovery of a node: loaded when the options ask for it, notified of the node's changes, and used by the parts that call other nodes. */
import type { Discovery } from '../discovery/discovery.js';
import type { NodeUse } from '../discovery/explain.js';
import type { DiscoveryNodeOptions } from '../discovery/options.js';
import type { DiscoverableNode } from '../discovery/start.js';
import { wantsDiscovery } from '../discovery/wanted.js';
import { NetronError } from '../errors/netron-error.js';
import { loadDiscovery } from './on-demand.js';

/** Callbacks into the part of the node that calls other nodes. */
export interface DiscoveryListener {
  /** Called when other nodes have joined, changed or left. */
  changed(): void;
  /** Returns how the nodes of a query are used. */
  uses(query: string): readonly NodeUse[];
  /** Connects to nodes that may have a service; returns a function that ends this. */
  seek(query: string): () => void;
}

export class NodeDiscovery {
  /** Whether the options ask for discovery. */
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

  /** `undefined` when discovery is off or has not begun to start. */
  get current(): Discovery | undefined {
    return this.#discovery;
  }

  /** @throws NetronError `failed_precondition` when discovery is off, or has not begun to start */
  get discovery(): Discovery {
    if (this.#discovery !== undefined) return this.#discovery;
    const reason = this.wanted
      ? 'has not started: call startListening()'
      : 'is off: set the option discovery, for instance discovery: true';
    throw new NetronError('failed_precondition', `discovery ${reason}`);
  }

  /** Starts discovery; returns `undefined` when the options do not ask for it. */
  start(): Promise<void> | undefined {
    return this.wanted ? this.#start() : undefined;
  }

  /** Call when the node has changed: services were added or removed, or it accepts no new calls. */
  changed(): void {
    this.#discovery?.announce();
  }

  peerLeft(id: string): void {
    this.#discovery?.disconnected(id);
  }

  /** Removes the node from the registries; returns `undefined` when discovery has not started. */
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

  /** Runs before registries have answered: listeners are open already, so calls may be received and made from now on. */
  #begin(made: Discovery): void {
    const { changed, uses, seek } = this.#listener;
    this.#discovery = made;
    for (const event of ['node:joined', 'node:left', 'node:changed'] as const) made.on(event, changed);
    made.usedBy(uses, seek);
  }
}
