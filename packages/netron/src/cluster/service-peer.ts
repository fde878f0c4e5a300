/** All nodes that have a service, as one peer. */
import type { NodeUse } from '../discovery/explain.js';
import { NetronError } from '../errors/netron-error.js';
import { withOutcome } from '../errors/outcome.js';
import type { EventListener } from '../peer/events/outgoing-subscriptions.js';
import type { Peer } from '../peer/peer.js';
import type { RemotePeer } from '../peer/remote-peer.js';
import type { PeerEvents, PeerState } from '../peer/state.js';
import { createNamedProxy } from '../service/call/named-proxy.js';
import type { CallOptions } from '../service/call/options.js';
import { checkCallOptions } from '../service/call/options.js';
import { release } from '../service/call/release.js';
import type { Queried } from '../service/call/remote.js';
import { discardStreams, guardStreams } from '../service/call/stream-source.js';
import { parseServiceName } from '../service/declare/version.js';
import { described } from '../util/check.js';
import { Emitter, type Listen, type Unlisten } from '../util/emitter.js';
import { isError, thrownText } from '../util/thrown.js';
import type { ClusterNode } from './cluster-node.js';
import type { Endpoint } from './endpoint.js';
import type { Endpoints } from './endpoints.js';
import { EveryNode } from './every-node.js';
import { ServiceTarget } from './service-target.js';

/** Maximum number of idle services without proxies; beyond it, the oldest are released. */
const maxIdle = 64;

/** Makes the endpoints of another service, with the same rules. */
export type OtherService = (query: string) => Endpoints;

/**
 * The nodes that have a service, as one peer: proxies are bound to the service, each call goes to one of the nodes, and nodes
 * may be added and removed. References, streams and results stay with the node that returned them.
 */
export class ServicePeer implements Peer {
  readonly #node: ClusterNode;
  readonly #endpoints: Endpoints;
  readonly #others: OtherService;
  readonly #events: Emitter<PeerEvents>;
  /** Targets of requested services, by query. */
  readonly #asked = new Map<string, ServiceTarget>();
  /** Queries without proxies: used only by calls by name, or by `queryInterface` in vain. */
  readonly #byName = new Set<string>();
  readonly #everywhere: EveryNode<RemotePeer>;
  /** Services of this node that are exposed at all of the nodes, by name. */
  readonly #exposed = new Map<string, () => Promise<void>>();
  #closed = false;

  /** @internal */
  constructor(node: ClusterNode, endpoints: Endpoints, others: OtherService) {
    this.#node = node;
    this.#endpoints = endpoints;
    this.#others = others;
    this.#events = new Emitter<PeerEvents>((error) => this.#report(error));
    this.#everywhere = new EveryNode(
      endpoints,
      ({ peer }) => peer,
      (error) => this.#report(error),
    );
    endpoints.listeners.add({
      readyChanged: (ready) => {
        if (ready) this.#events.emit('connected');
        else this.#events.emit('disconnected', this.#closed ? 'disconnect() was called' : 'no node is ready');
      },
      endpointReady() {},
      endpointGone() {},
    });
  }

  /** The query, for instance `users@^1.0.0`. */
  get id(): string {
    return this.#endpoints.query;
  }

  /** `ready` while a call can be sent, `suspended` while none can, `closed` finally. */
  get state(): PeerState {
    if (this.#closed) return 'closed';
    return this.#endpoints.ready ? 'ready' : 'suspended';
  }

  /** Nodes to which calls can be sent now. */
  get peers(): RemotePeer[] {
    return this.#ready.flatMap(({ peer }) => peer ?? []);
  }

  get on(): Listen<PeerEvents> {
    return this.#events.on.bind(this.#events) as Listen<PeerEvents>;
  }

  get once(): Listen<PeerEvents> {
    return this.#events.once.bind(this.#events) as Listen<PeerEvents>;
  }

  get off(): Unlisten<PeerEvents> {
    return this.#events.off.bind(this.#events) as Unlisten<PeerEvents>;
  }

  /**
   * Returns a typed proxy of the service, or of another service, which is looked up among all nodes and called by the same rules.
   *
   * @param query default: the service that the peer was connected to
   * @throws NetronError `unavailable` when no node serves it in time; `invalid_argument` for an invalid range
   */
  async queryInterface<T = Record<string, (...args: unknown[]) => Promise<unknown>>>(query = this.id): Promise<Queried<T>> {
    const key = this.#keyOf(query);
    const held = this.#asked.has(key) && !this.#byName.has(key);
    const target = this.#target(query);
    this.#byName.delete(key);
    try {
      await target.endpoints.wait({ timeout: this.#node.connectTimeout });
    } catch (error) {
      // It has no proxy.
      if (!held && !this.#closed) this.#letGo(key);
      throw error;
    }
    // Another query for it may have failed in the meantime.
    this.#byName.delete(key);
    return createNamedProxy(target) as Queried<T>;
  }

  /** Releases a proxy. It holds no resources: its target lives as long as the peer. */
  releaseInterface(proxy: object): void {
    release(proxy, this);
  }

  /** Calls one member without a proxy. */
  async call(service: string, method: string, args: unknown[] = [], options?: CallOptions): Promise<unknown> {
    if (options !== undefined) checkCallOptions(options);
    return this.#named(service).invokeNamed(method, args, options);
  }

  /** Runs a task at one of the nodes. */
  async runTask<Result = unknown>(name: string, ...args: unknown[]): Promise<Result> {
    guardStreams(args);
    let peer: RemotePeer | undefined;
    try {
      await this.#endpoints.wait({ timeout: Math.min(this.#node.requestTimeout, this.#node.connectTimeout) });
      const context = { service: this.id, method: `task ${name}`, tried: new Set<never>() };
      peer = this.#endpoints.selection.pick(context, this.#node.clock.now())?.peer;
      if (peer === undefined) throw new NetronError('unavailable', `task ${name}: no other node has ${this.id}`);
    } catch (error) {
      discardStreams(args, (unheard) => this.#report(unheard));
      throw withOutcome(error, 'not_run');
    }
    return peer.runTask<Result>(name, ...args);
  }

  /** Subscribes to events on the bus of every node, including nodes that are added later. */
  async subscribe<Data = unknown>(pattern: string, listener: EventListener<Data>): Promise<() => Promise<void>> {
    if (typeof listener !== 'function')
      throw new TypeError(`the listener of '${pattern}' must be a function, not ${described(listener)}`);
    return this.#everywhere.add((peer) => peer.subscribe(pattern, listener));
  }

  /** Exposes a service of this node at every node, including nodes that are added later. */
  async exposeService(service: object): Promise<void> {
    let exposed: readonly string[] = [];
    const end = await this.#everywhere.add(async (peer) => {
      exposed = await exposeAt(peer, service);
      return async () => {
        for (const name of exposed) await peer.concealService(name);
      };
    });
    for (const name of exposed) this.#exposed.set(name, end);
  }

  /** Removes a service that `exposeService` of this peer has exposed, by `name` or `name@version`. */
  async concealService(name: string): Promise<void> {
    for (const [service, end] of [...this.#exposed]) {
      if (service !== name && !service.startsWith(`${name}@`)) continue;
      this.#exposed.delete(service);
      await end();
    }
  }

  /** Returns the services that any of the nodes has announced, as `name@version`. */
  getServiceNames(): string[] {
    return [...new Set(this.peers.flatMap((peer) => peer.getServiceNames()))];
  }

  hasService(name: string): boolean {
    return this.peers.some((peer) => peer.hasService(name));
  }

  isBusy(): boolean {
    return this.#endpoints.isBusy;
  }

  /** Returns every node that has the service, with the reason why it is called or not. */
  explain(): NodeUse[] {
    return this.#endpoints.explain();
  }

  /** Releases the nodes: connections that are not used otherwise are closed when calls in flight have ended. */
  async disconnect(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const ready = this.#endpoints.ready;
    for (const { endpoints } of [...this.#asked.values(), { endpoints: this.#endpoints }]) endpoints.release(this.#closedText);
    if (ready) this.#events.emit('disconnected', 'disconnect() was called');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.disconnect();
  }

  get #ready(): Endpoint[] {
    return [...this.#endpoints.endpoints].filter((endpoint) => endpoint.ready);
  }

  get #closedText(): string {
    return `peer '${this.id}' is closed: disconnect() was called`;
  }

  /** Returns the key of the service that a query means here. */
  #keyOf(query: string): string {
    const { name, range } = parseServiceName(query);
    const own = parseServiceName(this.id);
    return name === own.name && (range === undefined || range === own.range) ? this.id : query;
  }

  /** Called for a service without proxies. Limits the number of those, however many names are used. */
  #letGo(used: string): void {
    if (used !== this.id) this.#byName.add(used);
    for (const key of this.#byName) {
      if (this.#byName.size <= maxIdle) return;
      const endpoints = this.#asked.get(key)?.endpoints;
      if (key === used || endpoints?.isBusy === true) continue;
      this.#byName.delete(key);
      this.#asked.delete(key);
      endpoints?.close();
    }
  }

  /** The target of a call by name. */
  #named(service: string): ServiceTarget {
    try {
      const before = this.#asked.size;
      const target = this.#target(service);
      if (this.#asked.size > before) this.#letGo(this.#keyOf(service));
      return target;
    } catch (error) {
      throw withOutcome(error, 'not_run');
    }
  }

  #target(query: string): ServiceTarget {
    if (this.#closed) throw new NetronError('unavailable', this.#closedText);
    const key = this.#keyOf(query);
    let target = this.#asked.get(key);
    if (target === undefined) {
      const endpoints = key === this.id ? this.#endpoints : this.#others(query);
      target = new ServiceTarget(this.#node, endpoints, () => {}, this);
      this.#asked.set(key, target);
    }
    return target;
  }

  #report(error: unknown): void {
    const reported = isError(error) ? error : NetronError.from(error);
    this.#node.logger.warn({ service: this.id, error: thrownText(reported) }, 'unhandled error');
    this.#events.emit('error', reported);
  }
}

/** @returns the names by which it can be concealed */
async function exposeAt(peer: RemotePeer, service: object): Promise<readonly string[]> {
  await peer.exposeService(service);
  const definition = peer.node.services.bind(service)?.definition;
  return definition === undefined ? [] : [`${definition.name}@${definition.version}`];
}
