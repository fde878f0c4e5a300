/**
 * The nodes at which one service is called: follows registries and connections, and keeps connections to the chosen
 * nodes.
 */
import type { NodeUse } from '../discovery/explain.js';
import { NetronError } from '../errors/netron-error.js';
import { withOutcome } from '../errors/outcome.js';
import { isFinal } from '../peer/final-error.js';
import { Readiness } from '../peer/readiness.js';
import type { CallOptions } from '../service/call/options.js';
import type { ProxyTarget } from '../service/call/proxy.js';
import type { ServiceDefinition } from '../service/definition.js';
import { type Deferred, deferred } from '../util/deferred.js';
import { adviceOf } from './advice.js';
import { type Choice, candidates, choose, type Reached, readVersions, type Versions } from './candidates.js';
import type { ClusterNode } from './cluster-node.js';
import type { Connector } from './connector.js';
import { Endpoint } from './endpoint.js';
import { HealthChecks } from './health-checks.js';
import type { ServiceSettings } from './options.js';
import { nobodyServes, usesOf } from './reasons.js';
import { Selection } from './selection.js';

/** A requested service. */
export interface WantedService {
  readonly name: string;
  readonly range: string | undefined;
  /** Whether the node's own service is used when it has one that fits. */
  readonly own: boolean;
}

/** Notified of changes. */
export interface EndpointsListener {
  /** Calls can be sent, or no longer can. */
  readyChanged(ready: boolean): void;
  /** A node has become ready. */
  endpointReady(endpoint: Endpoint): void;
  /** A node is no longer among those that are called. */
  endpointGone(endpoint: Endpoint): void;
  /** The node's own service was added, removed or replaced. */
  ownChanged?(): void;
}

export class Endpoints {
  /** The query, for messages: `users@^1.0.0`. */
  readonly query: string;
  readonly settings: ServiceSettings;
  readonly listeners = new Set<EndpointsListener>();
  /** The ready nodes, and the choice among them. */
  readonly selection: Selection;
  /** Target of the node's own service. */
  own: ProxyTarget | undefined;
  readonly #wanted: WantedService;
  readonly #node: ClusterNode;
  readonly #connector: Connector;
  readonly #gone: () => void;
  readonly #all = new Map<string, Endpoint>();
  /** Ids of nodes whose last connection attempt has failed. */
  readonly #failing = new Set<string>();
  readonly #readiness: Readiness<void>;
  readonly #health: HealthChecks;
  readonly #looked: Deferred<void> = deferred();
  #definition: ServiceDefinition | undefined;
  #versions: Versions | undefined;
  #choices: readonly Choice[] = [];
  /** Error of the last refresh, or the reason why the service was closed. */
  #failed: unknown;
  #refreshing = false;
  #again = false;
  #closed = false;
  /** Whether the program has released it explicitly. */
  #byHand = false;

  /** @param gone called when it is closed */
  constructor(wanted: WantedService, settings: ServiceSettings, node: ClusterNode, connector: Connector, gone: () => void) {
    this.#wanted = wanted;
    this.#gone = gone;
    this.query = wanted.range === undefined ? wanted.name : `${wanted.name}@${wanted.range}`;
    this.settings = settings;
    this.selection = new Selection(this.query, this.#all, settings, node);
    this.#node = node;
    this.#connector = connector;
    this.#readiness = new Readiness<void>({ id: this.query, node }, () => nobodyServes(this.query, this.#choices, this.#all));
    this.#health = new HealthChecks(
      node,
      () => this.#healthChecks,
      () => this.#all.values(),
      () => this.#invalidate(),
    );
    this.refresh();
  }

  /** Whether a call can be sent now. */
  get ready(): boolean {
    return this.own !== undefined || this.selection.ready.size > 0;
  }

  /** Whether no call can ever be sent. */
  get closed(): boolean {
    return this.#closed || (this.#failed !== undefined && isFinal(this.#failed));
  }

  /** Resolves when it is known whether this node has the service itself. */
  get looked(): Promise<void> {
    return this.#looked.promise;
  }

  /** Whether calls are in flight or wait for a node. */
  get isBusy(): boolean {
    if (this.#readiness.size > 0) return true;
    for (const { active } of this.#all.values()) if (active > 0) return true;
    return false;
  }

  /** All nodes that it connects to. */
  get endpoints(): Iterable<Endpoint> {
    return this.#all.values();
  }

  /** Definition of the newest ready version of the service; `undefined` while none is ready. */
  get definition(): ServiceDefinition | undefined {
    this.#definition ??= this.own?.definition ?? this.selection.newest(this.#versions);
    return this.#definition;
  }

  /**
   * Resolves when a call can be sent.
   *
   * @throws NetronError `unavailable` when no node serves it in time, with the known nodes; `invalid_argument` for an invalid range;
   *   `canceled`, `resource_exhausted`
   */
  async wait(options: CallOptions | undefined): Promise<void> {
    while (!this.ready) {
      if (this.closed) throw withOutcome(this.#failed, 'not_run');
      // A registry or an import failed during the last refresh.
      if (this.#failed !== undefined) this.refresh();
      await this.#readiness.wait(options);
    }
  }

  /** Looks up the nodes again; several calls in one turn cause one refresh. */
  refresh(): void {
    if (this.#closed) return;
    this.#again = true;
    if (!this.#refreshing) void this.#refresh();
  }

  /** Returns every node that has the service, with the reason why it is called or not. */
  explain(): NodeUse[] {
    return usesOf(this.#choices, this.#all, this.selection, this.#node.clock.now());
  }

  /** Closes it because the program releases its proxy or peer, together with results of its calls. @param why error text for waiting calls */
  release(why?: string): void {
    this.#byHand = true;
    this.close(why);
  }

  /** @param why error text for waiting calls */
  close(why = `service '${this.query}' was released`): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#gone();
    this.#health.stop();
    for (const endpoint of this.#all.values()) this.#leave(endpoint);
    this.#setOwn(undefined);
    this.#invalidate();
    const closed = new NetronError('unavailable', why);
    this.#failed = closed;
    this.#readiness.reject(() => closed);
    this.#looked.resolve();
  }

  async #refresh(): Promise<void> {
    this.#refreshing = true;
    try {
      while (this.#again && !this.#closed) {
        this.#again = false;
        this.#failed = undefined;
        this.#versions ??= await readVersions(this.#wanted.range);
        this.#take(this.#wanted.own ? await this.#node.own(this.query) : undefined);
        this.#apply(await this.#choose(this.#versions));
      }
    } catch (error) {
      if (!this.#closed) this.#failed = error;
      this.#readiness.reject(() => error as NetronError);
    }
    this.#looked.resolve();
    this.#refreshing = false;
  }

  /** Takes the node's own service, which is called first: other nodes need not be known for it. */
  #take(own: ProxyTarget | undefined): void {
    if (this.#closed) return;
    const was = this.ready;
    this.#setOwn(own);
    this.#invalidate();
    this.#readyChanged(was);
    this.#looked.resolve();
  }

  #setOwn(own: ProxyTarget | undefined): void {
    if (own === this.own) return;
    this.own = own;
    for (const listener of this.listeners) listener.ownChanged?.();
  }

  async #choose(versions: Versions): Promise<Choice[]> {
    const node = this.#node;
    const reached: Reached = {
      ready: (id) => this.#all.get(id)?.ready === true,
      failing: (id) => this.#failing.has(id),
    };
    const { name } = this.#wanted;
    return choose(await candidates(node, this.#connector, name), name, versions, this.settings, node, reached);
  }

  #apply(choices: readonly Choice[]): void {
    if (this.#closed) return;
    const was = this.ready;
    this.#choices = choices;
    const used = new Map(choices.filter(({ reason }) => reason === undefined).map((choice) => [choice.node.id, choice]));
    for (const [id, endpoint] of this.#all) {
      const choice = used.get(id);
      // A peer that has connected by itself and is listed now is connected to again, and the other way round.
      const other = choice !== undefined && (choice.node.addresses.length === 0) !== (endpoint.node.addresses.length === 0);
      if (choice === undefined || (other && !endpoint.ready)) this.#leave(endpoint);
      else endpoint.update(choice.node, choice.service);
    }
    for (const { node, service } of used.values()) {
      if (this.#all.has(node.id)) continue;
      const endpoint = new Endpoint(this.#connector, node, service, this.settings, (changed) => this.#changed(changed));
      this.#all.set(node.id, endpoint);
      endpoint.begin();
    }
    if (this.#all.size > 0) this.#health.start();
    this.#invalidate();
    this.#readyChanged(was);
  }

  #leave(endpoint: Endpoint): void {
    this.#all.delete(endpoint.id);
    this.#failing.delete(endpoint.id);
    this.selection.delete(endpoint);
    // Work that was begun there ends before the connection does.
    for (const listener of this.listeners) listener.endpointGone(endpoint);
    endpoint.end(this.#byHand);
  }

  /** Handles an endpoint that may have become ready or is no longer ready. */
  #changed(endpoint: Endpoint): void {
    if (this.#all.get(endpoint.id) !== endpoint) return;
    const was = this.ready;
    if (!endpoint.ready) this.selection.delete(endpoint);
    else if (this.selection.add(endpoint)) {
      for (const listener of this.listeners) listener.endpointReady(endpoint);
      // Nodes that were kept only until this one is ready are released.
      if (this.#all.size > this.settings.subset) this.refresh();
    }
    this.#noteFailure(endpoint);
    this.#invalidate();
    this.selection.takeAdvice(this.definition);
    this.#readyChanged(was);
  }

  /** Records whether a node can be reached: if not, another one is used in its place, unless all are used already. */
  #noteFailure({ id, failing }: Endpoint): void {
    if (failing === this.#failing.has(id)) return;
    if (failing) this.#failing.add(id);
    else this.#failing.delete(id);
    if (this.#all.size >= this.settings.subset) this.refresh();
  }

  get #healthChecks(): ServiceSettings['health'] {
    const { health, healthAdvised } = this.settings;
    return healthAdvised && adviceOf(this.definition).healthCheck === false ? undefined : health;
  }

  #readyChanged(was: boolean): void {
    const { ready } = this;
    if (ready) this.#readiness.resolve();
    if (was === ready) return;
    for (const listener of this.listeners) listener.readyChanged(ready);
  }

  #invalidate(): void {
    this.selection.invalidate();
    this.#definition = undefined;
  }
}
