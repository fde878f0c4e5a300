/** Another node, as a program uses it: its services, tasks and events, over all the connections that there will be. */
import type { CallPeer } from '../middleware/call.js';
import type { CallOptions } from '../service/call/options.js';
import { release } from '../service/call/proxy.js';
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
 * Another node, as this one sees it: its services, tasks and events, and the connection to it. The object stays the same when
 * the connection is lost and made again: proxies, subscriptions and waiting calls go on.
 */
export class RemotePeer extends ConnectedPeer implements Peer, CallPeer {
  /**
   * A typed proxy of one of the peer's services. The peer chooses the version. Asking twice gives the same proxy.
   *
   * @param query `name`, `name@1.2.3`, `name@^1.0.0`, `name@latest`
   * @throws NetronError `not_found`; `invalid_argument` when what follows the `@` is no version or range; `unavailable` when
   *   the peer is closed; `deadline_exceeded`
   */
  async queryInterface<T = Record<string, (...args: unknown[]) => Promise<unknown>>>(query: string): Promise<Queried<T>> {
    const binding = await this.lookUp(query);
    binding.holders += 1;
    return binding.proxy as Queried<T>;
  }

  /**
   * Gives back what `queryInterface` gave. When everybody who asked has, the peer is told. The same as
   * `proxy[Symbol.dispose]()`.
   *
   * @throws NetronError `invalid_argument` for an interface of another peer, which keeps it
   */
  releaseInterface(proxy: object): void {
    release(proxy, this);
  }

  /**
   * Exposes a service of this node on the peer, under the service's own name; on again after a reconnect.
   *
   * @throws NetronError `permission_denied` unless the peer allows it (`allowRemoteServices`), `already_exists`,
   *   `deadline_exceeded`
   */
  async exposeService(service: object): Promise<void> {
    await this.exposed.expose(service);
  }

  /** Takes away what `exposeService` of this peer object exposed. */
  async concealService(name: string): Promise<void> {
    await this.exposed.conceal(name);
  }

  /**
   * Runs a task of the peer.
   *
   * @throws NetronError `not_found` when there is none of that name or this node may not run it; or what the task throws
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
   * Asks for the manifest of a service: its members, published annotations, and JSON Schemas where its contract has them.
   *
   * @throws NetronError `not_found` when there is no such service, or the peer is too old to answer
   */
  async describe(query: string): Promise<ServiceManifest> {
    return (await askSystem(this, systemMembers.describe, [query], 'describe')) as ServiceManifest;
  }

  /**
   * Calls one method without a proxy. To look the service up counts among the call's time; it goes on over the next connection
   * when one is lost.
   */
  call(service: string, method: string, args: unknown[] = [], options?: CallOptions): Promise<unknown> {
    return callMember(this, service, method, args, options);
  }

  /**
   * Hears of events on the peer's bus; on again after a reconnect. Events sent meanwhile are lost.
   *
   * @typeParam Data what the listener takes them for: it comes as it was sent, unchecked
   * @param pattern an event's name, or a pattern such as `order:*`
   * @returns ends it
   * @throws NetronError `permission_denied` unless the peer allows it (`remoteEvents`); `deadline_exceeded`
   */
  async subscribe<Data = unknown>(pattern: string, listener: EventListener<Data>): Promise<() => Promise<void>> {
    if (typeof listener !== 'function') throw new TypeError(`the listener of '${pattern}' is no function`);
    return this.subscriptions.add({ pattern, listener: listener as EventListener });
  }

  /** Returns the services that the peer has announced, as `name@version`. */
  getServiceNames(): string[] {
    return this.services.names;
  }

  /** Says whether the peer has announced a service; without version, in any. */
  hasService(name: string): boolean {
    return this.services.has(name);
  }

  /** For people: where the peer is. */
  get address(): string | undefined {
    return this.link?.connection.remoteAddress;
  }

  /** Name of the transport that carries the connection in use, for instance `websocket`; `undefined` while there is none. */
  get transport(): string | undefined {
    const { address } = this;
    return address === undefined ? undefined : transportOf(address);
  }

  /** Whether calls or streams are under way. */
  isBusy(): boolean {
    return this.links.some((link) => !link.idle);
  }

  /** Work in flight, queued and dropped between this node and the peer: a snapshot for monitoring. */
  get load(): PeerLoad {
    return loadOf(this.life.link, this.life.waiting);
  }

  /** Streams between this node and the peer: what each belongs to, since when it is open, how much has gone or waits. */
  get streams(): OpenStream[] {
    return this.links.flatMap(({ outgoingStreams, incomingStreams }) => [...outgoingStreams.list(), ...incomingStreams.list()]);
  }

  /** Functions and service objects that one of the two holds of the other, without the services that came with the connection. */
  get references(): HeldReference[] {
    return this.links.flatMap(({ exports, imports }) => [...exports.list(), ...imports.list()]);
  }

  /** @internal The binding of a query. */
  async lookUp(query: string): Promise<ServiceBinding> {
    if (typeof query !== 'string') throw new TypeError(`expected the name of a service, not ${described(query)}`);
    if (this.state === 'closed') throw this.life.closedError();
    return this.services.query(query);
  }
}
