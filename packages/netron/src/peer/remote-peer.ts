/** Another node as a program uses it: its services, tasks and events, over all successive connections. */
import type { CallPeer } from '../middleware/call.js';
import type { CallOptions } from '../service/call/options.js';
import { release } from '../service/call/release.js';
import type { Queried } from '../service/call/remote.js';
import type { ServiceManifest } from '../service/describe.js';
import { transportOf } from '../transport/transport.js';
import { described } from '../util/check.js';
import type { ServiceBinding } from './binding.js';
import { ConnectedPeer } from './connected-peer.js';
import type { EventListener } from './events/outgoing-subscriptions.js';
import { loadOf, type PeerLoad } from './load.js';
import type * as owner from './owner.js';
import type { Peer } from './peer.js';
import type { HeldReference } from './references/held-reference.js';
import { callMember } from './single-call.js';
import type { OpenStream } from './streams/open-stream.js';
import { askSystem, callSystem } from './system/call-system.js';
import { systemMembers } from './system/members.js';

/** Members of the owning node that a peer uses and notifies. */
export type PeerOwner = owner.PeerOwner<RemotePeer>;

/** Keeps a peer connected. */
export type Reconnector = owner.Reconnector<RemotePeer>;

/**
 * Another node as this one sees it: its services, tasks and events, and the connection to it. The object stays the same when the connection
 * is lost and restored: proxies, subscriptions and waiting calls continue.
 */
export class RemotePeer extends ConnectedPeer implements Peer, CallPeer {
  /**
   * Returns a typed proxy of one of the peer's services. The peer chooses the version. The same query returns the same proxy.
   *
   * @param query `name`, `name@1.2.3`, `name@^1.0.0`, `name@latest`
   * @throws NetronError `not_found`; `invalid_argument` when the part after `@` is not a version or range; `unavailable` when the peer is
   *   closed; `deadline_exceeded`
   */
  async queryInterface<T = Record<string, (...args: unknown[]) => Promise<unknown>>>(query: string): Promise<Queried<T>> {
    const binding = await this.lookUp(query);
    binding.holders += 1;
    return binding.proxy as Queried<T>;
  }

  /**
   * Releases a proxy returned by `queryInterface`. When all its holders have done so, the peer is notified. Same as
   * `proxy[Symbol.dispose]()`.
   *
   * @throws NetronError `invalid_argument` for a proxy of another peer, which stays valid
   */
  releaseInterface(proxy: object): void {
    release(proxy, this);
  }

  /**
   * Exposes a service of this node on the peer, under the service's own name, and again after each reconnect.
   *
   * @throws NetronError `permission_denied` unless the peer allows it (`allowRemoteServices`), `already_exists`, `deadline_exceeded`
   */
  async exposeService(service: object): Promise<void> {
    await this.exposed.expose(service);
  }

  /** Removes a service that `exposeService` of this peer object has exposed. */
  async concealService(name: string): Promise<void> {
    await this.exposed.conceal(name);
  }

  /**
   * Runs a task of the peer.
   *
   * @throws NetronError `not_found` when there is no task of that name or this node may not run it; or the error of the task
   */
  async runTask<Result = unknown>(name: string, ...args: unknown[]): Promise<Result> {
    const { outgoingChain, node } = this;
    const options = node.taskTimeout === Infinity ? undefined : { timeout: node.taskTimeout };
    const send = (changed: unknown[], given: CallOptions | undefined): Promise<unknown> =>
      callSystem(this, systemMembers.task, [name, changed], name, given);
    if (outgoingChain === undefined) return send(args, options) as Promise<Result>;
    return outgoingChain.invoke(outgoingChain.task(name), args, options, this, send) as Promise<Result>;
  }

  /**
   * Returns the manifest of a service: its members, published annotations, and the JSON Schemas that its contract has.
   *
   * @throws NetronError `not_found` when there is no such service, or the peer's version does not support this
   */
  async describe(query: string): Promise<ServiceManifest> {
    return (await askSystem(this, systemMembers.describe, [query], 'describe')) as ServiceManifest;
  }

  /**
   * Calls one method without a proxy. The lookup of the service counts towards the time of the call, and continues over the next connection
   * when one is lost.
   */
  call(service: string, method: string, args: unknown[] = [], options?: CallOptions): Promise<unknown> {
    return callMember(this, service, method, args, options);
  }

  /**
   * Subscribes to events on the peer's bus, and again after each reconnect. Events emitted in between are lost.
   *
   * @typeParam Data assumed type of the event data, which is not checked
   * @param pattern an event's name, or a pattern such as `order:*`
   * @returns a function that ends the subscription
   * @throws NetronError `permission_denied` unless the peer allows it (`remoteEvents`); `deadline_exceeded`
   */
  async subscribe<Data = unknown>(pattern: string, listener: EventListener<Data>): Promise<() => Promise<void>> {
    if (typeof listener !== 'function')
      throw new TypeError(`the listener of '${pattern}' must be a function, not ${described(listener)}`);
    return this.subscriptions.add({ pattern, listener: listener as EventListener });
  }

  /** Returns the services that the peer has announced, as `name@version`. */
  getServiceNames(): string[] {
    return this.services.names;
  }

  /** Whether the peer has announced a service; without a version, in any version. */
  hasService(name: string): boolean {
    return this.services.has(name);
  }

  /** Address of the peer, for display. */
  get address(): string | undefined {
    return this.link?.connection.remoteAddress;
  }

  /** Name of the transport in use, for instance `websocket`; `undefined` while there is no connection. */
  get transport(): string | undefined {
    const { address } = this;
    return address === undefined ? undefined : transportOf(address);
  }

  /** Whether calls or streams are in progress. */
  isBusy(): boolean {
    return this.links.some((link) => !link.idle);
  }

  /** Work in flight, queued and dropped between this node and the peer: a snapshot for monitoring. */
  get load(): PeerLoad {
    return loadOf(this.life.link, this.life.waiting);
  }

  /** Streams between this node and the peer: the call of each, its age, and how much was sent or waits. */
  get streams(): OpenStream[] {
    return this.links.flatMap(({ outgoingStreams, incomingStreams }) => [...outgoingStreams.list(), ...incomingStreams.list()]);
  }

  /** Functions and service objects of either end that the other holds, without the services announced in the hello. */
  get references(): HeldReference[] {
    return this.links.flatMap(({ exports, imports }) => [...exports.list(), ...imports.list()]);
  }

  /** @internal Returns the binding of a query. */
  async lookUp(query: string): Promise<ServiceBinding> {
    if (typeof query !== 'string') throw new TypeError(`expected a service name, got ${described(query)}`);
    if (this.state === 'closed') throw this.life.closedError();
    return this.services.query(query);
  }
}
