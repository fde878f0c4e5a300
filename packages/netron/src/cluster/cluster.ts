/** Services of other nodes, as one node calls them: loaded when the first one is needed. */

import type { NodeUse } from '../discovery/explain.js';
import { NetronError } from '../errors/netron-error.js';
import { withOutcome } from '../errors/outcome.js';
import type { CallOptions } from '../service/call/options.js';
import { parseServiceName } from '../service/declare/version.js';
import { AllNodes } from './all-nodes.js';
import type { ClusterNode } from './cluster-node.js';
import { Connector } from './connector.js';
import { Endpoints } from './endpoints.js';
import { readServiceOptions, type ServiceConnectOptions } from './options.js';
import { ServicePeer } from './service-peer.js';
import { ServiceTarget } from './service-target.js';

/** Maximum number of targets that only calls by name have used and that are idle; beyond it, the oldest are released. */
const maxIdle = 64;

const stopped = 'the node was stopped';

/** Closes the endpoints of a garbage-collected target: it has no proxies, no calls in flight and no subscriptions left. */
const collected = new FinalizationRegistry<Endpoints>((endpoints) => endpoints.close());

/** A target that several proxies share. */
interface Shared {
  readonly endpoints: Endpoints;
  readonly target: WeakRef<ServiceTarget>;
  /** The target itself when calls by name have used it, because no proxy may reference it. */
  kept: ServiceTarget | undefined;
  /** Number of proxies that were made and not disposed of. */
  holders: number;
}

export class Cluster {
  readonly #node: ClusterNode;
  readonly #connector: Connector;
  readonly #all = new Set<Endpoints>();
  /** Targets of services without options of their own, by query. */
  readonly #shared = new Map<string, Shared>();
  /** Number of targets that calls by name have used. */
  #kept = 0;
  /** Connections to all nodes; `undefined` unless the option `discovery.connect` is `all`. */
  readonly #everybody: AllNodes | undefined;
  #changing = false;
  #closed = false;

  constructor(node: ClusterNode) {
    this.#node = node;
    this.#connector = new Connector(node, () => this.changed());
    this.#everybody = node.connectsAll ? new AllNodes(node, this.#connector) : undefined;
    if (node.connectsAll) this.changed();
  }

  /**
   * Returns the target of a proxy.
   *
   * @param options checked options
   * @throws NetronError `not_found` when no service can have that name; `unavailable` when the node was stopped
   */
  target(query: string, options: ServiceConnectOptions | undefined): ServiceTarget {
    if (options === undefined) {
      const [target, shared] = this.#share(query);
      shared.holders += 1;
      return target;
    }
    const endpoints = this.#endpoints(query, options, true);
    const target = new ServiceTarget(this.#node, endpoints, () => endpoints.release());
    if (this.#node.scheduler.collects) collected.register(target, endpoints);
    return target;
  }

  /**
   * Connects to the nodes of a service.
   *
   * @param options checked options
   * @throws NetronError `unavailable` when no node serves it in time
   */
  async connect(query: string, options: ServiceConnectOptions): Promise<ServicePeer> {
    const endpoints = this.#endpoints(query, options, false);
    const { connectTimeout: timeout } = this.#node;
    try {
      await endpoints.wait({ timeout, ...(options.signal !== undefined && { signal: options.signal }) });
    } catch (error) {
      endpoints.close();
      throw error;
    }
    return new ServicePeer(this.#node, endpoints, (other) => this.#endpoints(other, options, false));
  }

  /** Connects to all other nodes that have a service, for as long as this node runs. */
  all(query: string): Endpoints {
    return this.#endpoints(query, { subset: Infinity, locality: false, outliers: false }, false);
  }

  /** Connects to nodes that have a service, or may have it; returns a function that ends this. */
  seek(query: string): () => void {
    const endpoints = this.#endpoints(query, {}, false);
    return () => endpoints.close();
  }

  /** Calls a member by name. */
  call(query: string, method: string, args: unknown[], options: CallOptions | undefined): Promise<unknown> {
    const [target, shared] = this.#share(query);
    if (shared.kept === undefined) {
      shared.kept = target;
      this.#kept += 1;
      this.#letGo(shared);
    }
    return target.invokeNamed(method, args, options);
  }

  /** Call when nodes, peers or services have been added or removed. Several changes in one turn are handled together. */
  changed(): void {
    if (this.#changing) return;
    this.#changing = true;
    queueMicrotask(() => {
      this.#changing = false;
      this.#connector.look();
      for (const [id, peer] of this.#connector.peers())
        if (peer.state === 'ready') this.#node.discovery?.announced(id, peer.getServiceNames());
      void this.#everybody?.look();
      for (const endpoints of this.#all) endpoints.refresh();
    });
  }

  /** Closes all endpoints, and refuses services from now on, because no node would ever be found. */
  close(): void {
    this.#closed = true;
    this.#everybody?.close();
    for (const endpoints of [...this.#all]) endpoints.close(stopped);
    this.#connector.close();
  }

  /** Returns how the nodes of a query are used: by calls without options if there are any, otherwise by the latest request. */
  uses(query: string): NodeUse[] {
    const all = [...this.#all].filter((endpoints) => endpoints.query === query);
    return (this.#shared.get(query)?.endpoints ?? all.at(-1))?.explain() ?? [];
  }

  #share(query: string): readonly [ServiceTarget, Shared] {
    const before = this.#shared.get(query);
    const there = before?.target.deref();
    if (before !== undefined && there !== undefined) return [there, before];
    const endpoints = this.#endpoints(query, {}, true, () => {
      this.#forget(shared);
      if (this.#shared.get(query) === shared) this.#shared.delete(query);
    });
    const target = new ServiceTarget(this.#node, endpoints, () => {
      shared.holders -= 1;
      // Calls by name may be in flight: then the target stays, without holders.
      if (shared.holders <= 0 && !endpoints.isBusy) endpoints.release();
    });
    const shared: Shared = { endpoints, target: new WeakRef(target), kept: undefined, holders: 0 };
    if (this.#node.scheduler.collects) collected.register(target, endpoints);
    this.#shared.set(query, shared);
    return [target, shared];
  }

  /** Limits the number of targets without holders, however many names are called. */
  #letGo(used: Shared): void {
    if (this.#kept <= maxIdle) return;
    for (const shared of this.#shared.values()) {
      if (shared === used || shared.kept === undefined || shared.endpoints.isBusy) continue;
      this.#forget(shared);
      // Proxies that were not disposed of may reference it; the target is closed when they are garbage-collected.
      if (shared.holders <= 0) shared.endpoints.close();
      if (this.#kept <= maxIdle) return;
    }
  }

  #forget(shared: Shared): void {
    if (shared.kept === undefined) return;
    shared.kept = undefined;
    this.#kept -= 1;
  }

  #endpoints(query: string, options: ServiceConnectOptions, own: boolean, gone?: () => void): Endpoints {
    if (this.#closed) throw withOutcome(new NetronError('unavailable', stopped), 'not_run');
    const { name, range } = parseServiceName(query);
    const settings = readServiceOptions(options, this.#node);
    const endpoints = new Endpoints({ name, range, own }, settings, this.#node, this.#connector, () => {
      this.#all.delete(endpoints);
      gone?.();
    });
    this.#all.add(endpoints);
    return endpoints;
  }
}
