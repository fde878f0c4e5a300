/**
 * Another node, as this one sees it. The object stays the same when the connection is lost and made again: proxies,
 * subscriptions and waiting calls go on with the next link.
 */
import { NetronError } from '../errors/netron-error.js';
import { withOutcome } from '../errors/outcome.js';
import type { CallPeer } from '../middleware/call.js';
import { type CallOptions, checkCallOptions } from '../service/call/options.js';
import { release } from '../service/call/proxy.js';
import type { Queried } from '../service/call/remote.js';
import { type Connection, transportOf } from '../transport/transport.js';
import { Emitter, type Listen, type Unlisten } from '../util/emitter.js';
import { LazyMap } from '../util/lazy-map.js';
import { withinCall } from './asking.js';
import { left, type ServiceBinding } from './binding.js';
import type { OutgoingChain } from './calls/outgoing-chain.js';
import type { EventListener } from './events/outgoing-subscriptions.js';
import { type Authenticated, PeerIdentity, Renewal } from './identity.js';
import { LeavingLinks } from './leaving-links.js';
import type { Hello, NodeMetadata } from './link/handshake.js';
import type { Link } from './link/link.js';
import { loadOf, type PeerLoad } from './load.js';
import type { Peer } from './peer.js';
import type { PeerNode } from './peer-node.js';
import { Readiness } from './readiness.js';
import type { HeldReference } from './references/held-reference.js';
import { PeerServices } from './services.js';
import type { PeerEvents, PeerState } from './state.js';
import type { OpenStream } from './streams/open-stream.js';
import { discardStreams, guardStreams } from './streams/source.js';
import { PeerSubscriptions } from './subscriptions.js';
import { systemMembers } from './system/members.js';

/** The connection to a peer that is in use. */
export interface PeerLink {
  /** Connection of its messages; `terminate()` acts as a pulled cable. */
  readonly connection: Connection;
}

/** @internal The whole of it, for what is behind a peer. */
export interface PeerLink extends Link {}

/** Description that a peer gave of itself when the connection began. */
export type PeerHello = Pick<Hello, 'services' | 'instance' | 'started' | 'metadata' | 'expiresInMs'>;

const noMetadata: NodeMetadata = Object.freeze({});

/** Members of the owning node that a peer uses and notifies. */
export interface PeerOwner extends PeerNode {
  /** The peer can be called from now on; called after each connect and reconnect. */
  peerConnected(peer: RemotePeer): void;
  /** The peer cannot be called any more; `final` when it will not come back. */
  peerDisconnected(peer: RemotePeer, final: boolean): void;
  /** The peer has announced a service. */
  serviceDiscovered(peer: RemotePeer, service: string): void;
}

/** Keeps a peer connected: declared by the peer, implemented by whatever made it. */
export interface Reconnector {
  /** The connection is lost; the reconnector connects again, waits for the other end, or closes the peer. */
  lost(peer: RemotePeer, error: Error | undefined): void;
  /** The other end takes no more calls; a connection beside the one in use would do. */
  leaving?(peer: RemotePeer): void;
  /** The program wants the connection to end. */
  ended(peer: RemotePeer): void;
  /** The other end asks not to come back before `ms` milliseconds. */
  holdOff?(ms: number): void;
  /** Credentials for the other end. Absent on the accepting side. */
  credentials?(): Promise<unknown>;
}

/** Another node, as this one sees it: its services, tasks and events, and the connection to it. */
export class RemotePeer implements Peer, CallPeer {
  /** @internal What this node lends to it. */
  readonly node: PeerOwner;
  /** @internal What it exposes, as far as this node knows and uses it. */
  readonly services: PeerServices;
  /** @internal What this node hears of it. */
  readonly subscriptions: PeerSubscriptions;
  /** @internal The node's middleware for the calls it makes; `undefined` when there is none. */
  readonly outgoingChain: OutgoingChain | undefined;
  /** @internal The services of this node that it reaches by the listener it came through; all when absent. */
  reaches: ReadonlySet<string> | undefined = undefined;
  #id: string;
  readonly #reconnector: Reconnector;
  readonly #events: Emitter<PeerEvents>;
  /** Services that this node has exposed on the peer, by `name@version`. */
  readonly #exposed = new LazyMap<string, object>();
  readonly #identity: PeerIdentity;
  readonly #renewal: Renewal;
  #link: Link | undefined;
  readonly #leaving = new LeavingLinks<Link>();
  #hello: PeerHello | undefined;
  #state: PeerState = 'connecting';
  /** Whether `connected` was the last word on it. */
  #reportedConnected = false;
  readonly #readiness: Readiness<Link>;
  /** Reason why no other link follows the present one. */
  #closeReason: string | undefined;

  /** @internal */
  constructor(node: PeerOwner, id: string, reconnector: Reconnector) {
    this.node = node;
    this.#id = id;
    this.#reconnector = reconnector;
    this.outgoingChain = node.middleware?.outgoingChain;
    this.#events = new Emitter<PeerEvents>((error) => this.reportError(error));
    this.#identity = new PeerIdentity(node.clock, (identity) => this.#identityChanged(identity));
    this.#renewal = new Renewal(node.clock, () => this.#renewIdentity());
    this.#readiness = new Readiness<Link>(this);
    this.services = new PeerServices(this);
    this.subscriptions = new PeerSubscriptions(this);
  }

  /** The id of the peer's node; another after a reconnect that led to another node. */
  get id(): string {
    return this.#id;
  }

  /** Identity that `authenticate` returned for the peer; `undefined` for an anonymous peer. */
  get identity(): unknown {
    return this.#identity.value;
  }

  /**
   * Gives the peer another identity, or takes it away: for its calls from now on. When it is not the same caller any more,
   * the streams that this node sends for the peer's calls fail with `permission_denied`, and its subscriptions are looked
   * at again: what it may no longer hear ends.
   *
   * @param expiresInMs milliseconds until the peer is anonymous again. Default: no end
   */
  identify(identity: unknown, { expiresInMs }: { expiresInMs?: number | undefined } = {}): void {
    this.#identity.set({ identity, expiresInMs });
  }

  /**
   * Shows credentials on the open connection, in place of those it began with: of the same caller with a new token, or of a
   * caller that was anonymous until now. Identities with an end are renewed by themselves before it, with the credentials of
   * `connect`. When it fails the connection stays open, and this node is anonymous to the peer.
   *
   * @throws NetronError `unauthenticated`; `permission_denied` for another identity than this node has at the peer;
   *   `unimplemented` when the peer authenticates nobody; `not_found` when it is too old to know of this
   */
  async authenticate(credentials: unknown): Promise<void> {
    const link = await this.ready(undefined);
    const target = { service: 'netron', method: 'authenticate' };
    const expiresInMs = await link.calls.call({ handle: 0, member: systemMembers.authenticate, args: [credentials], target });
    if (link === this.#link) this.#renewal.schedule(typeof expiresInMs === 'number' ? expiresInMs : undefined);
  }

  /** Tells two runs of the peer's program apart, which may have one id; `undefined` when the peer does not say. */
  get instance(): string | undefined {
    return this.#hello?.instance;
  }

  /** When the peer's node was made, by its own clock, in milliseconds since 1970; `undefined` when it does not say. */
  get started(): number | undefined {
    return this.#hello?.started;
  }

  /** Description by the peer's program (its option `metadata`). It is not verified. */
  get metadata(): NodeMetadata {
    return this.#hello?.metadata ?? noMetadata;
  }

  /** Milliseconds from a ping to its answer, the last time; `undefined` until there was one on this connection. */
  get roundTrip(): number | undefined {
    return this.#link?.roundTrip;
  }

  /** @internal Whether the other end answers a ping within `ms` milliseconds. */
  async answers(ms: number): Promise<boolean> {
    return (await this.#link?.answers(ms)) ?? false;
  }

  /** @internal Whether this node has made the connection, and not the other. */
  get dialed(): boolean {
    return this.#reconnector.credentials !== undefined;
  }

  /** State of the connection. It never leaves `closed`. */
  get state(): PeerState {
    return this.#state;
  }

  /** @internal Whether a connection is there and takes calls. */
  get accepting(): boolean {
    return this.#state === 'ready';
  }

  /** The connection in use; `undefined` while there is none. */
  get link(): PeerLink | undefined {
    return this.#link;
  }

  /** @internal The connections to it: the one in use, and those that leave. */
  get links(): Link[] {
    const { all } = this.#leaving;
    return this.#link === undefined ? [...all] : [this.#link, ...all];
  }

  /** For people: where the peer is. */
  get address(): string | undefined {
    return this.#link?.connection.remoteAddress;
  }

  /** Name of the transport that carries the connection in use, for instance `websocket`; `undefined` while there is none. */
  get transport(): string | undefined {
    const { address } = this;
    return address === undefined ? undefined : transportOf(address);
  }

  /** Calls `listener` at each event; returns a function that ends it. */
  get on(): Listen<PeerEvents> {
    return this.#events.on.bind(this.#events) as Listen<PeerEvents>;
  }

  /** Like `on`, for the next such event only. */
  get once(): Listen<PeerEvents> {
    return this.#events.once.bind(this.#events) as Listen<PeerEvents>;
  }

  /** Removes one subscription of a listener, the latest; nothing happens when there is none. */
  get off(): Unlisten<PeerEvents> {
    return this.#events.off.bind(this.#events) as Unlisten<PeerEvents>;
  }

  /**
   * A typed proxy of one of the peer's services. The peer chooses the version. Asking twice gives the same proxy.
   *
   * @param query `name`, `name@1.2.3`, `name@^1.0.0`, `name@latest`
   * @throws NetronError `not_found`; `invalid_argument` when what follows the `@` is no version or range; `unavailable` when
   *   the peer is closed; `deadline_exceeded`
   */
  async queryInterface<T = Record<string, (...args: unknown[]) => Promise<unknown>>>(query: string): Promise<Queried<T>> {
    if (this.#state === 'closed') throw this.#closedError();
    const binding = await this.services.query(query);
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
   * @throws NetronError `permission_denied` unless the peer allows it (`allowRemoteServices`), `already_exists`
   */
  async exposeService(service: object): Promise<void> {
    await this.#system(systemMembers.expose, [service], 'expose');
    const definition = this.node.services.bind(service)?.definition;
    if (definition !== undefined) this.#exposed.set(`${definition.name}@${definition.version}`, service);
  }

  /** Takes away what `exposeService` of this peer object exposed. */
  async concealService(name: string): Promise<void> {
    await this.#system(systemMembers.conceal, [name], 'conceal');
    for (const id of this.#exposed.keys()) if (id === name || id.startsWith(`${name}@`)) this.#exposed.delete(id);
  }

  /**
   * Runs a task of the peer.
   *
   * @throws NetronError `not_found` when there is none of that name or this node may not run it; or what the task throws
   */
  runTask<Result = unknown>(name: string, ...args: unknown[]): Promise<Result> {
    const { outgoingChain, node } = this;
    const options = node.taskTimeout === Infinity ? undefined : { timeout: node.taskTimeout };
    const send = (changed: unknown[], given: CallOptions | undefined): Promise<unknown> =>
      this.#system(systemMembers.task, [name, changed], name, given);
    if (outgoingChain === undefined) return send(args, options) as Promise<Result>;
    return outgoingChain.invoke(outgoingChain.task(name), args, options, this, send) as Promise<Result>;
  }

  /**
   * Calls one method without a proxy. To look the service up counts among the call's time; it goes on over the next connection
   * when one is lost.
   */
  async call(service: string, method: string, args: unknown[] = [], options?: CallOptions): Promise<unknown> {
    if (options !== undefined) checkCallOptions(options);
    guardStreams(args);
    const { clock } = this.node;
    const start = clock.now();
    const to = await this.#lookUp(service, options).catch((error: unknown) => {
      this.#discard(args);
      throw withOutcome(error, 'not_run');
    });
    to.holders += 1;
    try {
      const member = to.definition.members.findIndex(({ name }) => name === method);
      if (member < 0) {
        this.#discard(args);
        throw withOutcome(new NetronError('not_found', `service '${service}' has no member '${method}'`), 'not_run');
      }
      return await to.invoke(member, args, left(options, start, clock));
    } finally {
      // The binding stays for the next call, unless another has taken its name; only this use of it ends.
      to.holders -= 1;
      if (to.unused && !this.services.isNamed(to)) to.drop();
    }
  }

  async #lookUp(service: string, options: CallOptions = {}): Promise<ServiceBinding> {
    if (this.#state === 'closed') throw this.#closedError();
    return withinCall(this.services.query(service), options, this.node.clock, `service '${service}'`);
  }

  /**
   * Hears of events on the peer's bus; on again after a reconnect. Events sent meanwhile are lost.
   *
   * @param pattern an event's name, or a pattern such as `order:*`
   * @returns ends it
   * @throws NetronError `permission_denied` unless the peer allows it (`remoteEvents`)
   */
  async subscribe(pattern: string, listener: EventListener): Promise<() => Promise<void>> {
    if (typeof listener !== 'function') throw new TypeError(`the listener of '${pattern}' is no function`);
    return this.subscriptions.add({ pattern, listener });
  }

  /** Returns the services that the peer has announced, as `name@version`. */
  getServiceNames(): string[] {
    return this.services.names;
  }

  /** Says whether the peer has announced a service; without version, in any. */
  hasService(name: string): boolean {
    return this.services.has(name);
  }

  /** Whether calls or streams are under way. */
  isBusy(): boolean {
    return this.links.some((link) => !link.idle);
  }

  /** Work in flight, queued and dropped between this node and the peer: a snapshot for monitoring. */
  get load(): PeerLoad {
    return loadOf(this.#link, this.#readiness.size);
  }

  /** Streams between this node and the peer: what each belongs to, since when it is open, how much has gone or waits. */
  get streams(): OpenStream[] {
    return this.links.flatMap(({ outgoingStreams, incomingStreams }) => [...outgoingStreams.list(), ...incomingStreams.list()]);
  }

  /** Functions and service objects that one of the two holds of the other, without the services that came with the connection. */
  get references(): HeldReference[] {
    return this.links.flatMap(({ exports, imports }) => [...exports.list(), ...imports.list()]);
  }

  /** Ends the connection and does not come back. When it resolves, the peer is gone from `netron.peers`. */
  async disconnect(): Promise<void> {
    if (this.#state === 'closed') return;
    for (const link of this.links) link.sayGoodbye('canceled', 'the other end called disconnect()');
    this.leave('disconnect() was called');
  }

  /** @internal The connection there is will be the last: the peer is closed with it, or now when there is none. */
  finish(reason: string): void {
    if (this.#state === 'closed') return;
    this.#reconnector.ended(this);
    if (this.links.length === 0) return this.close(reason);
    this.#closeReason = reason;
    if (!this.accepting) this.#readiness.reject(() => this.#closedError());
  }

  /** @internal Ends the connection without telling the other end to stay away. */
  leave(reason: string): void {
    if (this.#state === 'closed') return;
    this.#reconnector.ended(this);
    this.close(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.disconnect();
  }

  /** @internal The link, as soon as there is one that takes calls. */
  async ready(options: CallOptions | undefined): Promise<Link> {
    if (this.#state === 'ready') return this.#link as Link;
    if (this.#closeReason !== undefined) throw this.#closedError();
    return this.#readiness.wait(options);
  }

  /**
   * @internal A new link has been made: services and subscriptions in use are looked up again, then calls go out.
   *
   * @param remote what the other end has said of itself
   */
  attach(link: Link, remote: PeerHello, authenticated: Authenticated): void {
    const before = this.#link;
    if (before !== undefined) {
      const leaves = this.#state === 'draining';
      this.#link = undefined;
      if (leaves) this.#leaving.add(before);
      // The other end has noticed a loss that this one has not.
      else before.close('a new connection takes over');
      this.#suspend('a new connection takes over');
    }
    // Closed while the connection was made, or by who heard of the loss.
    if (this.#closeReason !== undefined) return link.close(this.#closedError().message);
    this.#link = link;
    this.#identity.set(authenticated);
    this.#renewal.schedule(remote.expiresInMs);
    this.#hello = remote;
    this.services.begin(remote.services);
    if (this.services.size + this.subscriptions.size + this.#exposed.size === 0) return this.#connected(link);
    this.#renew(link).then(
      () => this.#connected(link),
      (error: unknown) => link.terminate(NetronError.from(error)),
    );
  }

  /** @internal The address has led to another node. */
  rename(id: string): void {
    this.#id = id;
  }

  /** @internal For ever. */
  close(reason: string): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#closeReason = reason;
    this.#readiness.reject(() => this.#closedError());
    const link = this.#link;
    this.#link = undefined;
    link?.close(reason);
    this.#leaving.close(reason);
    this.services.detach();
    this.subscriptions.clear();
    this.#identity.close();
    this.#renewal.stop();
    this.#tellDisconnected(reason);
    this.node.peerDisconnected(this, true);
  }

  /** @internal The link has ended; told once. */
  linkClosed(link: Link, error: Error | undefined): void {
    if (this.#leaving.delete(link) && this.links.length === 0 && this.#closeReason !== undefined) this.close(this.#closeReason);
    if (link !== this.#link) return;
    this.#link = undefined;
    this.#suspend(error?.message ?? 'the connection was closed');
    this.#reconnector.lost(this, error);
  }

  /** @internal The other end takes no more calls on this link. */
  linkGoodbye(link: Link, code: string, reason: string, retryAfterMs: number | undefined): void {
    if (link !== this.#link) return;
    // Meant for good: a dialer that came back would be accepted as a new peer each time.
    if (code === 'canceled') this.#reconnector.ended(this);
    if (retryAfterMs !== undefined) this.#reconnector.holdOff?.(retryAfterMs);
    this.#state = 'draining';
    this.node.logger.info({ peer: this.id, reason }, 'the peer takes no more calls');
    this.#events.emit('draining', reason);
    if (code !== 'canceled' && this.#closeReason === undefined) this.#reconnector.leaving?.(this);
  }

  /** @internal The peer has announced services or withdrawn them. */
  servicesChanged(link: Link, added: readonly string[], removed: readonly string[]): void {
    if (link !== this.#link) return;
    this.services.change(added, removed);
    if (removed.length > 0) this.#events.emit('services:removed', removed);
    if (added.length > 0) this.#events.emit('services:added', added);
    if (added.length > 0 && this.#state === 'ready') this.services.recover(this.#link as Link);
    for (const service of added) this.node.serviceDiscovered(this, service);
  }

  /** @internal Something failed that nobody awaits. */
  reportError(error: unknown): void {
    const reported = error instanceof Error ? error : NetronError.from(error);
    this.node.logger.warn({ peer: this.id, error: reported.message }, 'an error that nobody awaits');
    this.#events.emit('error', reported);
  }

  async #renewIdentity(): Promise<void> {
    try {
      await this.authenticate(await this.#reconnector.credentials?.());
    } catch (error) {
      this.reportError(error);
    }
  }

  #identityChanged(identity: unknown): void {
    for (const link of this.links) link.callerChanged();
    this.#events.emit('identity', identity);
  }

  #suspend(reason: string): void {
    this.#renewal.stop();
    this.services.detach();
    this.#state = 'suspended';
    this.#tellDisconnected(reason);
    this.node.peerDisconnected(this, false);
  }

  async #renew(link: Link): Promise<void> {
    await this.services.renew(link);
    await this.subscriptions.renew(link);
    for (const service of this.#exposed.values()) {
      link.calls
        .call({ handle: 0, member: systemMembers.expose, args: [service], target: { service: 'netron', method: 'expose' } })
        .catch((error: unknown) => this.reportError(error));
    }
  }

  #connected(link: Link): void {
    // The other end may have said goodbye, or be gone, before everything was found again.
    if (link !== this.#link || this.#state === 'draining') return;
    this.#state = 'ready';
    this.#readiness.resolve(link);
    this.node.peerConnected(this);
    if (link !== this.#link) return;
    this.#reportedConnected = true;
    this.#events.emit('connected');
    if (this.accepting) this.services.recover(link);
    for (const service of this.services.names) this.node.serviceDiscovered(this, service);
  }

  #closedError(): NetronError {
    return new NetronError('unavailable', `peer '${this.id}' is closed: ${this.#closeReason}`);
  }

  #tellDisconnected(reason: string): void {
    if (!this.#reportedConnected) return;
    this.#reportedConnected = false;
    this.#events.emit('disconnected', reason);
  }

  async #system(member: number, args: unknown[], method: string, options?: CallOptions): Promise<unknown> {
    guardStreams(args);
    let link: Link;
    try {
      link = await this.ready(options);
    } catch (error) {
      this.#discard(args);
      throw error;
    }
    return link.calls.call({ handle: 0, member, args, target: { service: 'netron', method }, options });
  }

  /** Arguments that were never sent: their streams end. */
  #discard(args: unknown[]): void {
    discardStreams(args, (error) => this.reportError(error));
  }
}
