/** Events across the cluster, rooms and presence of a node: loaded when its options ask for them. */
import type { Backplane, BackplaneState } from '../cluster/backplane/backplane.js';
import type { ClusterEvents, EventsNode } from '../cluster/cluster-events.js';
import type { Presence } from '../cluster/presence.js';
import type { Rooms } from '../cluster/rooms.js';
import { NetronError } from '../errors/netron-error.js';
import { described } from '../util/check.js';
import { checkOptions, type OptionNames } from '../util/option-names.js';
import type { NodeCluster } from './cluster.js';
import { loadByUrl, loadClaim, loadEvents } from './on-demand.js';

/** Option `events` of a node. */
export interface NodeEventsOptions {
  /**
   * Connects event handlers across the nodes that have the same setting: `mesh` uses connections between the nodes, which discovery makes; a
   * backplane is given by the URL of its broker, such as `redis://localhost:6379`, or as an object that a package makes. `remoteEvents`
   * limits which events other nodes may receive. Default: events stay on this node.
   */
  readonly cluster?: 'mesh' | (string & {}) | Backplane;
  /** Nodes with the same namespace receive each other's events over a backplane. Default: that of discovery, else `default`. */
  readonly namespace?: string;
  /**
   * Key, of at least 16 characters, that all nodes share: messages over a backplane are signed with it, and messages without a valid
   * signature are refused. Default: that of discovery, if there is one.
   */
  readonly secret?: string;
  /** Whether `create` rejects when the backplane cannot be reached. Default `false`: the node starts without it. */
  readonly required?: boolean;
}

const names: OptionNames<NodeEventsOptions> = { cluster: true, namespace: true, secret: true, required: true };

/** Options of a node that concern events across the cluster. */
interface EventOptions {
  readonly events?: NodeEventsOptions;
  readonly remoteEvents?: unknown;
  readonly discovery?: unknown;
  readonly discoveryEnabled?: boolean;
}

/** Options of discovery that serve as defaults for events. */
interface SharedOptions {
  readonly namespace?: string;
  readonly secret?: string;
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
  readonly #shared: SharedOptions;
  readonly #timeout: number;
  /** Subscriptions of this node, including those made before it started. */
  readonly #heard = new Set<Heard>();
  #events: ClusterEvents | undefined;
  /** Whether the node was stopped, possibly while this was starting. */
  #closed = false;

  /**
   * @param timeout milliseconds that a backplane has to answer at the start
   * @throws TypeError for unknown options, for an invalid `cluster`, and for one without `remoteEvents`
   * @throws RangeError for a secret that is too short
   */
  constructor(node: EventsNode, cluster: NodeCluster, options: EventOptions, timeout: number) {
    const { events, remoteEvents = false, discovery, discoveryEnabled } = options;
    checkOptions('events', events, names);
    const across = events?.cluster;
    if (across !== undefined && !isCluster(across))
      throw new TypeError(`events.cluster must be 'mesh', a URL or a backplane, not ${named(across)}`);
    if (across !== undefined && remoteEvents === false)
      throw new TypeError('events.cluster requires remoteEvents: true, or patterns that other nodes may receive');
    if (across === 'mesh' && (discovery ?? discoveryEnabled ?? false) === false)
      throw new TypeError("events.cluster: 'mesh' requires the option discovery");
    const { secret } = events ?? {};
    if (secret !== undefined && (typeof secret !== 'string' || secret.length < 16))
      throw new RangeError('events: secret must be a string of at least 16 characters');
    this.#node = node;
    this.#cluster = cluster;
    this.#options = events;
    this.#shared = typeof discovery === 'object' && discovery !== null ? (discovery as SharedOptions) : {};
    this.#timeout = timeout;
  }

  /** @throws NetronError `failed_precondition` when the option `events` was not given, or the node has not started */
  get presence(): Presence {
    return this.#started.presence;
  }

  /** @throws NetronError `failed_precondition` when the option `events` was not given, or the node has not started */
  get rooms(): Rooms {
    return this.#started.rooms;
  }

  /** State of the backplane; `undefined` without one, and before the node has started. */
  get backplane(): BackplaneState | undefined {
    return this.#events?.backplane;
  }

  /** Lets a handler receive events of other nodes; returns a function that ends this, or `undefined` when events stay on this node. */
  subscribe(pattern: string, handler: Heard['handler']): (() => void) | undefined {
    if (this.#options?.cluster === undefined) return undefined;
    const heard: Heard = { pattern, handler, end: this.#events?.subscribe(pattern, handler) };
    this.#heard.add(heard);
    return () => {
      this.#heard.delete(heard);
      heard.end?.();
    };
  }

  /** Starts events across the cluster; returns `undefined` when the options do not ask for them. */
  start(): Promise<void> | undefined {
    return this.#options === undefined ? undefined : this.#start(this.#options);
  }

  /** Ends the changes of presence that other nodes read, and asks nodes on the backplane to send no more questions. */
  leave(): void {
    this.#events?.leave();
  }

  /** Resolves when other nodes have read that this one leaves, or after `ms` milliseconds. */
  async caughtUp(ms: number): Promise<void> {
    await this.#events?.caughtUp(ms);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#events?.close();
  }

  async #start(options: NodeEventsOptions): Promise<void> {
    const { ClusterEvents } = await loadEvents();
    this.#checkOpen();
    const events = new ClusterEvents(this.#node);
    const { cluster } = options;
    this.#events = events;
    if (cluster === 'mesh') await events.join(await this.#cluster.load());
    else if (cluster !== undefined) await this.#use(events, cluster, options);
    for (const heard of this.#heard) heard.end = events.subscribe(heard.pattern, heard.handler);
  }

  async #use(
    events: ClusterEvents,
    cluster: string | Backplane,
    { required = false, ...given }: NodeEventsOptions,
  ): Promise<void> {
    const [{ madeByUrl }, { claim }] = await Promise.all([loadByUrl(), loadClaim()]);
    const backplane = typeof cluster === 'string' ? ((await madeByUrl('backplane', cluster)) as Backplane) : cluster;
    this.#checkOpen();
    const { namespace = this.#shared.namespace ?? 'default', secret = this.#shared.secret } = given;
    claim(backplane, this.#node, 'backplane');
    try {
      await events.use(backplane, { namespace, secret }, this.#timeout);
    } catch (error) {
      if (!required) return;
      await events.close();
      this.#events = undefined;
      const reason = NetronError.from(error, 'unavailable');
      const message = `events: cannot reach backplane '${backplane.name}': ${reason.message}`;
      throw new NetronError(reason.code, message, { cause: reason });
    }
  }

  /** @throws NetronError `failed_precondition` once the node was stopped: nothing would close what starts after that */
  #checkOpen(): void {
    if (this.#closed) throw new NetronError('failed_precondition', 'the node was stopped');
  }

  get #started(): ClusterEvents {
    if (this.#events !== undefined) return this.#events;
    throw new NetronError('failed_precondition', 'rooms and presence require the option events, for instance events: {}');
  }
}

function isCluster(given: unknown): given is 'mesh' | string | Backplane {
  if (typeof given === 'string') return given === 'mesh' || given.includes(':');
  return typeof given === 'object' && given !== null && typeof (given as Partial<Backplane>).publish === 'function';
}

function named(given: unknown): string {
  return typeof given === 'string' ? `'${given}'` : described(given);
}
