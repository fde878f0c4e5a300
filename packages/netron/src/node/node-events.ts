/** Events over the cluster, rooms and presence, as a node has them: loaded when its options ask for them. */
import type { ClusterEvents, EventsNode } from '../cluster/cluster-events.js';
import type { Presence } from '../cluster/presence.js';
import type { Rooms } from '../cluster/rooms.js';
import { NetronError } from '../errors/netron-error.js';
import type { NodeCluster } from './cluster.js';

/** Option `events`. */
export interface NodeEventsOptions {
  /**
   * `mesh`: handlers hear what is published and emitted on every node of the cluster that has this as well, over connections
   * between them; `remoteEvents` says what they may hear. Default: only on this node.
   */
  readonly cluster?: 'mesh';
}

/** Options of a node that events over the cluster look at. */
interface EventOptions {
  readonly events?: NodeEventsOptions;
  readonly remoteEvents?: unknown;
  readonly discovery?: unknown;
  readonly discoveryEnabled?: boolean;
}

interface Heard {
  readonly pattern: string;
  readonly handler: (data: unknown, event: string) => unknown;
  end: (() => void) | undefined;
}

export class NodeEvents {
  readonly #node: EventsNode;
  readonly #cluster: NodeCluster;
  readonly #options: NodeEventsOptions | undefined;
  /** Subscriptions of this node, some of them from before it has started. */
  readonly #heard = new Set<Heard>();
  #events: ClusterEvents | undefined;

  /** @throws TypeError for a cluster that nobody may hear, or that is none */
  constructor(
    node: EventsNode,
    cluster: NodeCluster,
    { events, remoteEvents = false, discovery, discoveryEnabled }: EventOptions,
  ) {
    const across = events?.cluster;
    if (across !== undefined && across !== 'mesh') throw new TypeError(`events.cluster is 'mesh', not '${String(across)}'`);
    if (across !== undefined && remoteEvents === false)
      throw new TypeError('events.cluster needs remoteEvents: true, or the patterns that other nodes may hear');
    if (across !== undefined && (discovery ?? discoveryEnabled ?? false) === false)
      throw new TypeError('events.cluster needs discovery: nodes have to find each other');
    this.#node = node;
    this.#cluster = cluster;
    this.#options = events;
  }

  /** @throws NetronError `failed_precondition` when the option `events` was not given, or the node has not started */
  get presence(): Presence {
    return this.#started.presence;
  }

  /** @throws NetronError `failed_precondition` when the option `events` was not given, or the node has not started */
  get rooms(): Rooms {
    return this.#started.rooms;
  }

  /** Lets a handler hear other nodes; returns what ends that. `undefined` when events stay on this node. */
  subscribe(pattern: string, handler: Heard['handler']): (() => void) | undefined {
    if (this.#options?.cluster === undefined) return undefined;
    const heard: Heard = { pattern, handler, end: this.#events?.subscribe(pattern, handler) };
    this.#heard.add(heard);
    return () => {
      this.#heard.delete(heard);
      heard.end?.();
    };
  }

  /** `undefined` when the options ask for nothing. */
  start(): Promise<void> | undefined {
    return this.#options === undefined ? undefined : this.#start(this.#options);
  }

  close(): void {
    this.#events?.close();
  }

  async #start({ cluster }: NodeEventsOptions): Promise<void> {
    const { ClusterEvents } = await import('../cluster/cluster-events.js');
    const events = new ClusterEvents(this.#node);
    if (cluster !== undefined) await events.join(await this.#cluster.load());
    this.#events = events;
    for (const heard of this.#heard) heard.end = events.subscribe(heard.pattern, heard.handler);
  }

  get #started(): ClusterEvents {
    if (this.#events !== undefined) return this.#events;
    throw new NetronError('failed_precondition', 'rooms and presence need the option events, for instance events: {}');
  }
}
