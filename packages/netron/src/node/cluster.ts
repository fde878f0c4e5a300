/** Services of other nodes, as a node uses them: the code is loaded when the program first asks for a service. */

import { checkedServiceOptions } from '../cluster/checked-options.js';
import type { Cluster } from '../cluster/cluster.js';
import type { ClusterNode } from '../cluster/cluster-node.js';
import type { ServiceConnectOptions } from '../cluster/options.js';
import type { ServicePeer } from '../cluster/service-peer.js';
import type { NodeUse } from '../discovery/explain.js';
import { NetronError } from '../errors/netron-error.js';
import { withOutcome } from '../errors/outcome.js';
import { createNamedProxy } from '../service/call/named-proxy.js';
import type { CallOptions } from '../service/call/options.js';
import { isServiceName, noServiceName, noVersionBehind, splitServiceName } from '../service/declare/service-name.js';
import { loadCluster } from './on-demand.js';
import { ServiceSlot } from './service-slot.js';

export class NodeCluster {
  readonly #node: ClusterNode;
  #loading: Promise<Cluster> | undefined;
  #cluster: Cluster | undefined;
  #closed = false;

  constructor(node: ClusterNode) {
    this.#node = node;
  }

  /**
   * Returns a proxy of a service, whichever nodes serve it.
   *
   * @throws NetronError `invalid_argument` for an invalid name of a service
   * @throws RangeError, TypeError for invalid options
   */
  service(query: string, given: ServiceConnectOptions | undefined): object {
    const { name, suffix } = splitServiceName(query);
    if (!isServiceName(name)) throw new NetronError('invalid_argument', noServiceName(name));
    if (suffix?.trim() === '') throw new NetronError('invalid_argument', noVersionBehind(name));
    const options = given === undefined ? undefined : checkedServiceOptions(given);
    const cluster = this.#cluster;
    if (cluster !== undefined && !this.#closed) return createNamedProxy(cluster.target(query, options));
    const coming = this.load().then((loaded) => loaded.target(query, options));
    return createNamedProxy(new ServiceSlot(coming, this.#node.inFlight));
  }

  /** @throws RangeError, TypeError for invalid options */
  async connect(query: string, given: ServiceConnectOptions): Promise<ServicePeer> {
    const options = checkedServiceOptions(given);
    return (await this.load()).connect(query, options);
  }

  async call(query: string, method: string, args: unknown[], options: CallOptions | undefined): Promise<unknown> {
    const cluster = await this.#node.inFlight.during(this.load());
    return cluster.call(query, method, args, options);
  }

  /** Call when nodes, peers or services have been added or removed. */
  changed(): void {
    this.#cluster?.changed();
  }

  /** Returns how the nodes of a query are used. */
  uses(query: string): readonly NodeUse[] {
    return this.#cluster?.uses(query) ?? [];
  }

  /** Connects to nodes that may have a service; returns a function that ends this. */
  seek(query: string): () => void {
    let end: (() => void) | undefined;
    let ended = false;
    this.load().then(
      (cluster) => {
        if (!ended && !this.#closed) end = cluster.seek(query);
      },
      () => {},
    );
    return () => {
      ended = true;
      end?.();
    };
  }

  /** Loads the code that `service` needs, so that calls of its proxies do not wait for it. */
  load(): Promise<Cluster> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  close(): void {
    this.#closed = true;
    this.#cluster?.close();
  }

  async #load(): Promise<Cluster> {
    const { Cluster } = await loadCluster();
    if (this.#closed) throw withOutcome(new NetronError('unavailable', 'the node was stopped'), 'not_run');
    this.#cluster = new Cluster(this.#node);
    return this.#cluster;
  }
}
