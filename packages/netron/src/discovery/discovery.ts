/** Discovery of one node: connects backends, registry and catalog, and answers queries of the program. */
import { NetronError } from '../errors/netron-error.js';
import { Emitter, type Listen, type Unlisten } from '../util/emitter.js';
import { type HealthStatus, summarize } from '../util/health-status.js';
import { thrownText } from '../util/thrown.js';
import type { BackendHost, DiscoveryBackend } from './backend.js';
import { Catalog, type QueryInput, readQuery } from './catalog.js';
import type { DiscoveryNode, DiscoverySettings } from './discovery-parts.js';
import { type Explanation, explain, type NodeUse } from './explain.js';
import { Lookup } from './lookup.js';
import { checksOf } from './node-health.js';
import type { NodeInfo, ServiceInfo, ServiceQuery } from './node-info.js';
import { type BackendState, Registry, type RegistryChange } from './registry.js';
import { isSigned, signRecord } from './signature.js';
import { startBackends } from './start-backends.js';
import { firstServices, readWaitOptions, type WaitOptions } from './wait.js';
import { Watchers } from './watchers.js';

/** `starting` until every backend has answered or failed; `degraded` while one cannot be reached. */
export type DiscoveryState = 'starting' | 'ready' | 'degraded';

/** Events of `netron.discovery`. */
export interface DiscoveryEvents {
  'node:joined': NodeInfo;
  /** The node's id. */
  'node:left': string;
  'node:changed': NodeInfo;
  'service:available': ServiceInfo;
  /** Another run with this node's id has started later: this one is no longer announced. */
  conflict: { readonly id: string; readonly instance: string };
  state: { readonly state: DiscoveryState; readonly backends: readonly BackendState[] };
}

/** Discovery of a node, as `netron.discovery`: finds nodes and services, and reports changes. */
export class Discovery {
  readonly #node: DiscoveryNode;
  readonly #settings: DiscoverySettings;
  readonly #registry: Registry;
  readonly #catalog = new Catalog();
  readonly #events: Emitter<DiscoveryEvents>;
  readonly #lookup: Lookup;
  readonly #watchers: Watchers;
  #announcing = false;
  #state: DiscoveryState = 'starting';
  #taken: DiscoveryEvents['conflict'] | undefined;
  #uses: (query: string) => readonly NodeUse[] = () => [];
  #seek: (query: string) => () => void = () => () => {};
  /** Services that nodes have announced themselves, because registries list only their addresses. */
  readonly #announced = new Map<string, readonly string[]>();
  #stopped: Promise<void> | undefined;

  /** @internal */
  constructor(node: DiscoveryNode, settings: DiscoverySettings) {
    this.#node = node;
    this.#settings = settings;
    this.#events = new Emitter((error, event) =>
      node.logger.error({ event, error: thrownText(error) }, 'discovery: a listener failed'),
    );
    this.#lookup = new Lookup(this.#catalog, settings.backends, node.clock);
    this.#watchers = new Watchers(this.#catalog, node.logger);
    const { secret } = settings;
    this.#registry = new Registry({
      schemes: node.schemes,
      connected: (id) => node.connected(id),
      signed: secret === undefined ? undefined : (record) => isSigned(record, secret),
      changed: (change) => this.#changed(change),
    });
  }

  /** Calls `listener` for each event; returns a function that removes it. */
  get on(): Listen<DiscoveryEvents> {
    return this.#events.on.bind(this.#events) as Listen<DiscoveryEvents>;
  }

  /** Like `on`, but only for the next such event. */
  get once(): Listen<DiscoveryEvents> {
    return this.#events.once.bind(this.#events) as Listen<DiscoveryEvents>;
  }

  /** Removes a listener's latest subscription. */
  get off(): Unlisten<DiscoveryEvents> {
    return this.#events.off.bind(this.#events) as Unlisten<DiscoveryEvents>;
  }

  /** Whether every registry can be reached. */
  get state(): DiscoveryState {
    return this.#state;
  }

  /** State of each registry. */
  get backends(): readonly BackendState[] {
    return this.#registry.states;
  }

  /** The process that has taken this node's id, so that this one is no longer announced; `undefined` if none has. Set before `conflict` is emitted. */
  get conflict(): DiscoveryEvents['conflict'] | undefined {
    return this.#taken;
  }

  /**
   * Returns one node that has a service, chosen at random among those that match; `null` when there is none.
   *
   * @param query `users`, `users@1.0.0`, `users@^1.0.0`, or with labels. Without version: the highest major version
   * @throws NetronError `invalid_argument` for an invalid version or range
   */
  async findService(query: QueryInput): Promise<ServiceInfo | null> {
    return this.#drawn(await this.#lookup.find(query)) ?? null;
  }

  /**
   * Resolves with a matching service as soon as there is one, for a program that starts together with the services it needs.
   *
   * @param options `timeout`: milliseconds until it rejects, default 10,000; `signal` cancels the wait
   * @throws NetronError `invalid_argument` for an invalid version or range, `deadline_exceeded` when no node has it in time,
   *   `unavailable` when this node stops meanwhile; `canceled` when `signal` is aborted, with its reason as the `cause`
   */
  async waitForService(query: QueryInput, options: WaitOptions = {}): Promise<ServiceInfo> {
    const wait = readWaitOptions(options);
    const asked = readQuery(query);
    // Rejects an invalid range here; the watchers would only log it.
    await this.#catalog.find(asked);
    if (this.#stopped !== undefined) throw new NetronError('unavailable', 'discovery has stopped');
    // The services of some nodes are known only after connecting.
    const untold = [...this.#registry.nodes.values()].some((node) => this.#described(node).services === undefined);
    const end = untold ? this.#seek(asked.version === undefined ? asked.name : `${asked.name}@${asked.version}`) : undefined;
    try {
      const services = await firstServices(
        (...listeners) => this.#watchers.add(asked, ...listeners),
        asked.name,
        wait,
        this.#node.clock,
      );
      return this.#drawn(services) as ServiceInfo;
    } finally {
      end?.();
    }
  }

  /** Returns all services that match a query, of nodes that accept calls. Queries the registries once more before it returns none. */
  async findAllServices(query: QueryInput): Promise<ServiceInfo[]> {
    return [...(await this.#lookup.find(query))];
  }

  /** The same as `findAllServices`. */
  async discover(query: ServiceQuery): Promise<ServiceInfo[]> {
    return this.findAllServices(query);
  }

  /** Returns all known nodes, including those that are draining. */
  async getActiveNodes(): Promise<NodeInfo[]> {
    return [...this.#registry.nodes.values()];
  }

  /**
   * Calls `callback` soon with the services that match a query, and again whenever they change.
   *
   * @returns a function that ends this; idempotent
   */
  watch(query: QueryInput, callback: (services: ServiceInfo[]) => void): () => void {
    return this.#watchers.add(readQuery(query), callback);
  }

  /** Returns the known health of a node or a service, by its id. */
  async health(id: string): Promise<HealthStatus> {
    return summarize(checksOf(id, this.#registry), this.#node.clock.wall());
  }

  /** Returns every node that has a service of that name, with the reason why it is called or not. */
  async explain(query: QueryInput): Promise<Explanation[]> {
    const { name, version } = readQuery(query);
    const uses = this.#uses(version === undefined ? name : `${name}@${version}`);
    return explain(readQuery(query), this.#catalog, this.#registry, this.#node, uses);
  }

  /**
   * @internal Sets the callbacks into the part that calls other nodes.
   *
   * @param uses returns how the nodes of a query are used, for `explain`
   * @param seek connects to nodes that may have a service; returns a function that ends this
   */
  usedBy(uses: (query: string) => readonly NodeUse[], seek: (query: string) => () => void): void {
    this.#uses = uses;
    this.#seek = seek;
  }

  /** @internal Records the services that a connected node has announced. They are used while no registry lists its services. */
  announced(id: string, services: readonly string[]): void {
    const node = this.#registry.nodes.get(id);
    if (node === undefined || node.services !== undefined || this.#announced.get(id)?.join() === services.join()) return;
    const before = this.#described(node);
    this.#announced.set(id, services);
    const added = this.#catalog.update({ id, before, after: this.#described(node) });
    for (const service of added) this.#events.emit('service:available', service);
    this.#watchers.notify();
  }

  /** @internal Announces the node and finds others; resolves when the backends have answered, or when their time is over. */
  async start(): Promise<void> {
    await startBackends(this.#settings, this.#node, (backend) => this.#host(backend));
    this.#judge();
  }

  /** @internal Called when the node's own description has changed. Several changes in one turn are announced together. */
  announce(): void {
    if (this.#announcing || this.#stopped !== undefined) return;
    this.#announcing = true;
    queueMicrotask(() => {
      this.#announcing = false;
      if (this.#stopped === undefined) for (const backend of this.#settings.backends) backend.announce();
    });
  }

  /**
   * @internal Returns whether credentials may be presented to a node at an address: its record comes from a trusted source, or its
   * certificate must prove a trusted name.
   */
  trusted(id: string, address: string): boolean {
    return this.#registry.trusted(id) || this.#settings.trust?.covers(address) === true;
  }

  /** @internal Called when the connection to a node has ended. */
  disconnected(id: string): void {
    this.#registry.disconnected(id);
    if (this.#stopped === undefined) for (const backend of this.#settings.backends) backend.lost?.();
  }

  /** @internal Withdraws the announcement and stops. Never rejects. */
  async stop(): Promise<void> {
    if (this.#stopped === undefined) {
      this.#stopped = Promise.allSettled(this.#settings.backends.map(async (backend) => backend.stop())).then(() => {});
      this.#watchers.clear();
    }
    return this.#stopped;
  }

  #drawn(services: readonly ServiceInfo[]): ServiceInfo | undefined {
    return services[Math.floor(this.#node.random() * services.length)];
  }

  #host(backend: DiscoveryBackend): BackendHost {
    const { clock, random, logger } = this.#node;
    const { interval, ttl, namespace, secret } = this.#settings;
    return {
      view: this.#registry.view(backend.name, backend.trusted === true, (state) => this.#stateChanged(state)),
      own: () => (secret === undefined ? this.#node.own() : signRecord(this.#node.own(), secret)),
      listen: (transport, at) => this.#node.listen(transport, at),
      conflict: (instance) => this.#conflict(instance),
      clock,
      random,
      logger,
      interval,
      ttl,
      namespace,
    };
  }

  #conflict(instance: string): void {
    const { id } = this.#node.own();
    this.#node.logger.error({ id, instance }, 'discovery: a newer node has the same id; this node is no longer announced');
    this.#taken = { id, instance };
    this.#events.emit('conflict', this.#taken);
  }

  #stateChanged({ name, up, error }: BackendState): void {
    if (up === true && this.#state === 'degraded')
      this.#node.logger.info({ backend: name }, 'discovery: a registry is available again');
    if (up === false && this.#state === 'ready') {
      this.#node.logger.warn({ backend: name, error: error?.message }, 'discovery: cannot reach a registry');
    }
    if (this.#state !== 'starting') this.#judge();
  }

  #judge(): void {
    const backends = this.#registry.states;
    const state = backends.every(({ up }) => up === true) ? 'ready' : 'degraded';
    if (state === this.#state) return;
    this.#state = state;
    this.#events.emit('state', { state, backends });
  }

  #changed(change: RegistryChange): void {
    const { id, before, after } = change;
    const added = this.#catalog.update({ id, before: before && this.#described(before), after: after && this.#described(after) });
    if (after === undefined) this.#announced.delete(id);
    if (id !== this.#node.own().id) {
      if (after === undefined) this.#events.emit('node:left', id);
      else if (before?.instance !== after.instance) this.#events.emit('node:joined', after);
      else this.#events.emit('node:changed', after);
      for (const service of added) this.#events.emit('service:available', service);
    }
    this.#watchers.notify();
  }

  /** Returns the description of a node, with the services that it has announced itself if no registry lists them. */
  #described(node: NodeInfo): NodeInfo {
    const services = node.services ?? this.#announced.get(node.id);
    return services === node.services || services === undefined ? node : { ...node, services };
  }
}
