/**
 * Another node, the connection to it, and their state. Links come from the dialer or the acceptor; what the program uses of the peer is
 * looked up again on each new link.
 */
import { missingPart } from '../errors/missing-part.js';
import { NetronError } from '../errors/netron-error.js';
import type { CallOptions } from '../service/call/options.js';
import type { Connection } from '../transport/transport.js';
import type { OutgoingChain } from './calls/outgoing-chain.js';
import { DescribedPeer } from './described-peer.js';
import type { ExposedServices } from './exposed-services.js';
import type { Authenticated, PeerIdentity } from './identity.js';
import { PeerLifecycle } from './lifecycle.js';
import type { PeerHello } from './link/hello.js';
import type { Link } from './link/link.js';
import type { EventPart } from './link/link-parts.js';
import type { PeerOwner, Reconnector } from './owner.js';
import type { PeerLink } from './peer-link.js';
import type { Renewal } from './renewal.js';
import { PeerServices } from './services.js';
import type { PeerState } from './state.js';
import { callSystem } from './system/call-system.js';
import { systemMembers } from './system/members.js';

/** Another node and the connection to it. */
export class ConnectedPeer extends DescribedPeer {
  /** @internal The part of this node that the peer uses. */
  readonly node: PeerOwner<ConnectedPeer>;
  /** @internal The links and their state. */
  readonly life: PeerLifecycle<Link>;
  /** @internal The node's middleware for the calls it makes; `undefined` when there is none. */
  readonly outgoingChain: OutgoingChain | undefined;
  /** @internal The services of this node that the peer may call through its listener; all when absent. */
  reaches: ReadonlySet<string> | undefined = undefined;
  /** @internal Id of its node. `id` differs from it when the node has several connections. */
  nodeId: string;
  #id: string;
  readonly #reconnector: Reconnector<ConnectedPeer>;
  /** Absent for a peer that does not call this node. */
  readonly #identity: PeerIdentity | undefined;
  // Created on demand: many peers of a server only make calls.
  #services: PeerServices | undefined;
  #subscriptions: ReturnType<EventPart['peer']> | undefined;
  #exposed: ExposedServices | undefined;
  #renewal: Renewal | undefined;
  /** Whether the program has shown credentials on this connection. */
  #shown = false;
  /** Whether the last reported state was `connected`. */
  #reportedConnected = false;

  /** @internal */
  constructor(node: PeerOwner<ConnectedPeer>, id: string, reconnector: Reconnector<ConnectedPeer>, nodeId = id) {
    super();
    this.node = node;
    this.nodeId = nodeId;
    this.#id = id;
    this.#reconnector = reconnector;
    this.outgoingChain = node.middleware?.outgoingChain;
    this.#identity = node.called?.identity(node.clock, (identity) => this.#identityChanged(identity));
    this.life = new PeerLifecycle<Link>(this, node.reconnect?.readiness(this));
  }

  /** @internal The services of the peer that this node knows and uses. */
  get services(): PeerServices {
    this.#services ??= new PeerServices(this);
    return this.#services;
  }

  /** @internal The subscriptions of this node to events of the peer. */
  get subscriptions(): ReturnType<EventPart['peer']> {
    this.#subscriptions ??= this.node.parts.events.peer(this);
    return this.#subscriptions;
  }

  /** @internal The services that this node has exposed on the peer. */
  get exposed(): ExposedServices {
    this.#exposed ??= this.node.called?.exposed(this);
    if (this.#exposed === undefined) throw missingPart('functions and service objects', 'callbacks');
    return this.#exposed;
  }

  /** The id of the peer's node. It changes when a reconnect leads to another node. */
  get id(): string {
    return this.#id;
  }

  /** Identity that `authenticate` returned for the peer; `undefined` for an anonymous peer. */
  get identity(): unknown {
    return this.#identity?.value;
  }

  /**
   * Changes or removes the identity of the peer for its calls from now on. When the caller is not the same any more, the streams that this
   * node sends for the peer's calls fail with `unauthenticated`, and its subscriptions are authorized again: those that are not allowed
   * end.
   *
   * @param expiresInMs milliseconds until the peer becomes anonymous. Default: no end
   */
  identify(identity: unknown, { expiresInMs }: { expiresInMs?: number | undefined } = {}): void {
    if (this.#identity === undefined) throw missingPart('identities of peers', 'callbacks');
    this.#identity.set({ identity, expiresInMs });
  }

  /**
   * Sends new credentials over the open connection: a new token of the same caller, or those of a caller that was anonymous until now.
   * When they are refused, the connection stays open and this node is anonymous to the peer; an outage changes nothing.
   *
   * An identity that expires is renewed automatically with the credentials of `connect`. After a call of this method, that requires them to
   * be a function: fixed credentials would be older than the new ones.
   *
   * @throws NetronError `unauthenticated`; `permission_denied` for another identity than this node has at the peer; `unavailable` and
   *   `resource_exhausted` when the peer cannot check them now; `unimplemented` when the peer does not authenticate; `not_found` when the
   *   peer's version does not support this
   */
  async authenticate(credentials: unknown): Promise<void> {
    await this.#show(credentials, true);
  }

  /** Milliseconds of the last round trip of a ping; `undefined` before the first one on this connection. */
  get roundTrip(): number | undefined {
    return this.life.link?.heartbeat.roundTrip;
  }

  /** @internal Whether the other end answers a ping within `ms` milliseconds. */
  async answers(ms: number): Promise<boolean> {
    return (await this.life.link?.heartbeat.probe(ms)) ?? false;
  }

  /** @internal Whether this node has opened the connection. */
  get dialed(): boolean {
    return this.#reconnector.dialed === true;
  }

  /** State of the connection. `closed` is final. */
  get state(): PeerState {
    return this.life.state;
  }

  /** @internal Whether there is a connection that accepts calls. */
  get accepting(): boolean {
    return this.life.state === 'ready';
  }

  /** The connection in use; `undefined` while there is none. */
  get link(): PeerLink | undefined {
    return this.life.link;
  }

  /** @internal The connections to the peer: the one in use, and those that are draining. */
  get links(): Link[] {
    return this.life.links;
  }

  /** Closes the connection for good. When it resolves, the peer has left `netron.peers`. */
  async disconnect(): Promise<void> {
    for (const link of this.links) link.sayGoodbye('canceled', 'the other end called disconnect()');
    this.life.leave('disconnect() was called');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.disconnect();
  }

  /** @internal Resolves to the link as soon as one accepts calls. */
  ready(options: CallOptions | undefined): Promise<Link> {
    return this.life.ready(options);
  }

  /**
   * @internal Takes a new link: services and subscriptions in use are looked up again, then calls are sent.
   *
   * @param remote hello of the other end
   */
  attach(link: Link, remote: PeerHello, authenticated: Authenticated): void {
    if (!this.life.take(link)) return;
    this.#identity?.set(authenticated);
    this.#shown = false;
    this.#renewBefore(remote.expiresInMs);
    this.describedBy(remote);
    if (remote.services.length > 0 || this.#services !== undefined) this.services.begin(remote.services);
    const used = (this.#services?.size ?? 0) + (this.#subscriptions?.size ?? 0) + (this.#exposed?.size ?? 0);
    if (used === 0) return this.#connected(link);
    this.#renew(link).then(
      () => this.#connected(link),
      (error: unknown) => link.terminate(NetronError.from(error)),
    );
  }

  /** @internal Notes that the address has led to another node. */
  rename(id: string, nodeId: string): void {
    this.nodeId = nodeId;
    this.#id = id;
  }

  /** @internal Handles the end of a link; called once for each. */
  linkClosed(link: Link, error: Error | undefined): void {
    const inUse = this.life.lost(link, error?.message ?? 'the connection was closed');
    if (inUse) this.#reconnector.lost(this, error);
  }

  /** @internal Handles the loss of a link's connection; the session continues over the next one. */
  linkInterrupted(link: Link, reason: string): void {
    if (!this.life.interrupt(link)) return;
    this.#renewal?.stop();
    this.notify('interrupted', reason);
  }

  /**
   * @internal Handles a link that continues over another connection.
   *
   * @param session connection of the link
   * @param authenticated identity that the other end has shown; nothing changes when it has shown none
   * @param expiresInMs milliseconds until the identity of this node at the other end expires
   */
  linkResumed(session: Connection, authenticated: Authenticated, expiresInMs: number | undefined): void {
    const { link } = this;
    if (link === undefined || link.connection !== session) return;
    if (authenticated.identity !== undefined) this.#identity?.set(authenticated);
    this.#renewBefore(expiresInMs);
    if (this.life.resume(link)) this.notify('resumed');
  }

  /** @internal Handles the goodbye of the other end, which accepts no more calls on this link. */
  linkGoodbye(link: Link, code: string, reason: string, retryAfterMs: number | undefined): void {
    if (!this.life.goodbye(link)) return;
    // The goodbye is final: a dialer that reconnected would be accepted as a new peer each time.
    if (code === 'canceled') this.#reconnector.ended(this);
    if (retryAfterMs !== undefined) this.#reconnector.holdOff?.(retryAfterMs);
    this.node.logger.info({ peer: this.id, reason }, 'the peer accepts no more calls');
    this.notify('draining', reason);
    if (code !== 'canceled' && !this.life.ending) this.#reconnector.leaving?.(this);
  }

  /** @internal Handles services that the peer has announced or withdrawn. */
  servicesChanged(link: Link, added: readonly string[], removed: readonly string[]): void {
    if (link !== this.link) return;
    this.services.change(added, removed);
    if (removed.length > 0) this.notify('services:removed', removed);
    if (added.length > 0) this.notify('services:added', added);
    if (added.length > 0 && this.accepting) this.services.recovery?.recover(link);
    for (const service of added) this.node.serviceDiscovered(this, service);
  }

  async #show(credentials: unknown, byProgram: boolean): Promise<void> {
    const link = await this.ready(undefined);
    const expiresInMs = await callSystem(this, systemMembers.authenticate, [credentials], 'authenticate');
    if (link !== this.link) return;
    this.#shown = byProgram;
    this.#renewBefore(typeof expiresInMs === 'number' ? expiresInMs : undefined);
  }

  /** Renews the credentials before the identity of this node at the peer expires. */
  #renewBefore(expiresInMs: number | undefined): void {
    const { clock, reconnect } = this.node;
    const reconnector = this.#reconnector;
    if (expiresInMs === undefined || (this.#shown && reconnector.asks !== true)) return this.#renewal?.stop();
    this.#renewal ??= reconnect?.renewal(clock, async () => this.#show(await reconnector.credentials?.(), this.#shown), this);
    this.#renewal?.schedule(expiresInMs);
  }

  #identityChanged(identity: unknown): void {
    for (const link of this.links) link.callerChanged();
    this.notify('identity', identity);
  }

  /** @internal Stops reconnecting. */
  letGo(): void {
    this.#reconnector.ended(this);
  }

  /** @internal Handles the loss of the link in use; `final` when no other will follow. */
  linkGone(reason: string, final: boolean): void {
    this.#renewal?.stop();
    this.#services?.detach();
    if (final) {
      this.#subscriptions?.clear();
      this.#identity?.close();
    }
    if (this.#reportedConnected) {
      this.#reportedConnected = false;
      this.notify('disconnected', reason);
    }
    this.node.peerDisconnected(this, final);
  }

  async #renew(link: Link): Promise<void> {
    await this.#services?.recovery?.renew(link);
    await this.#subscriptions?.renew(link);
    this.#exposed?.renew(link.calls);
  }

  #connected(link: Link): void {
    if (!this.life.begin(link)) return;
    this.node.peerConnected(this);
    if (link !== this.link) return;
    this.#reportedConnected = true;
    this.notify('connected');
    if (this.#services === undefined) return;
    if (this.accepting) this.services.recovery?.recover(link);
    for (const service of this.services.names) this.node.serviceDiscovered(this, service);
  }
}
