/**
 * The connection to another node: who that is, and how things stand with it. Receives links from the dialer or the acceptor;
 * what is in use of the peer is found again on each, when it has several.
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
  /** @internal What this node lends to it. */
  readonly node: PeerOwner<ConnectedPeer>;
  /** @internal The links, and what may become of them. */
  readonly life: PeerLifecycle<Link>;
  /** @internal The node's middleware for the calls it makes; `undefined` when there is none. */
  readonly outgoingChain: OutgoingChain | undefined;
  /** @internal The services of this node that it reaches by the listener it came through; all when absent. */
  reaches: ReadonlySet<string> | undefined = undefined;
  /** @internal Id of its node: `id` differs from it when the node has several connections. */
  nodeId: string;
  #id: string;
  readonly #reconnector: Reconnector<ConnectedPeer>;
  /** Absent for a peer that does not call this node. */
  readonly #identity: PeerIdentity | undefined;
  // Made when they are needed: a server has many peers that only call.
  #services: PeerServices | undefined;
  #subscriptions: ReturnType<EventPart['peer']> | undefined;
  #exposed: ExposedServices | undefined;
  #renewal: Renewal | undefined;
  /** The program has shown credentials since the connection was made. */
  #shown = false;
  /** Whether `connected` was the last word on it. */
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

  /** @internal What it exposes, as far as this node knows and uses it. */
  get services(): PeerServices {
    this.#services ??= new PeerServices(this);
    return this.#services;
  }

  /** @internal What this node hears of it. */
  get subscriptions(): ReturnType<EventPart['peer']> {
    this.#subscriptions ??= this.node.parts.events.peer(this);
    return this.#subscriptions;
  }

  /** @internal Services of this node that it has exposed on the peer. */
  get exposed(): ExposedServices {
    this.#exposed ??= this.node.called?.exposed(this);
    if (this.#exposed === undefined) throw missingPart('functions and service objects', 'callbacks');
    return this.#exposed;
  }

  /** The id of the peer's node; another after a reconnect that led to another node. */
  get id(): string {
    return this.#id;
  }

  /** Identity that `authenticate` returned for the peer; `undefined` for an anonymous peer. */
  get identity(): unknown {
    return this.#identity?.value;
  }

  /**
   * Gives the peer another identity, or takes it away: for its calls from now on. When it is not the same caller any more,
   * the streams that this node sends for the peer's calls fail with `unauthenticated`, and its subscriptions are looked
   * at again: what it may no longer hear ends.
   *
   * @param expiresInMs milliseconds until the peer is anonymous again. Default: no end
   */
  identify(identity: unknown, { expiresInMs }: { expiresInMs?: number | undefined } = {}): void {
    if (this.#identity === undefined) throw missingPart('identities of peers', 'callbacks');
    this.#identity.set({ identity, expiresInMs });
  }

  /**
   * Shows credentials on the open connection, in place of those it began with: of the same caller with a new token, or of a
   * caller that was anonymous until now. Identities with an end are renewed by themselves before it, with the credentials of
   * `connect`, which have to be a function for that: others would be older than these. When it is refused the connection stays
   * open, and this node is anonymous to the peer; an outage changes nothing.
   *
   * @throws NetronError `unauthenticated`; `permission_denied` for another identity than this node has at the peer; `unavailable` and
   *   `resource_exhausted` when the peer cannot tell now;
   *   `unimplemented` when the peer authenticates nobody; `not_found` when it is too old to know of this
   */
  async authenticate(credentials: unknown): Promise<void> {
    await this.#show(credentials, true);
  }

  /** Milliseconds from a ping to its answer, the last time; `undefined` until there was one on this connection. */
  get roundTrip(): number | undefined {
    return this.life.link?.heartbeat.roundTrip;
  }

  /** @internal Whether the other end answers a ping within `ms` milliseconds. */
  async answers(ms: number): Promise<boolean> {
    return (await this.life.link?.heartbeat.probe(ms)) ?? false;
  }

  /** @internal Whether this node has made the connection, and not the other. */
  get dialed(): boolean {
    return this.#reconnector.dialed === true;
  }

  /** State of the connection. It never leaves `closed`. */
  get state(): PeerState {
    return this.life.state;
  }

  /** @internal Whether a connection is there and takes calls. */
  get accepting(): boolean {
    return this.life.state === 'ready';
  }

  /** The connection in use; `undefined` while there is none. */
  get link(): PeerLink | undefined {
    return this.life.link;
  }

  /** @internal The connections to it: the one in use, and those that leave. */
  get links(): Link[] {
    return this.life.links;
  }

  /** Ends the connection and does not come back. When it resolves, the peer is gone from `netron.peers`. */
  async disconnect(): Promise<void> {
    for (const link of this.links) link.sayGoodbye('canceled', 'the other end called disconnect()');
    this.life.leave('disconnect() was called');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.disconnect();
  }

  /** @internal The link, as soon as there is one that takes calls. */
  ready(options: CallOptions | undefined): Promise<Link> {
    return this.life.ready(options);
  }

  /**
   * @internal A new link has been made: services and subscriptions in use are looked up again, then calls go out.
   *
   * @param remote what the other end has said of itself
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

  /** @internal The address has led to another node. */
  rename(id: string, nodeId: string): void {
    this.nodeId = nodeId;
    this.#id = id;
  }

  /** @internal The link has ended; told once. */
  linkClosed(link: Link, error: Error | undefined): void {
    const inUse = this.life.lost(link, error?.message ?? 'the connection was closed');
    if (inUse) this.#reconnector.lost(this, error);
  }

  /** @internal The link has no connection for a while; what it does goes on over the next one. */
  linkInterrupted(link: Link, reason: string): void {
    if (!this.life.interrupt(link)) return;
    this.#renewal?.stop();
    this.notify('interrupted', reason);
  }

  /**
   * @internal A link goes on over another connection.
   *
   * @param session connection of the link
   * @param authenticated identity that the other end has shown; nothing changes for one that has none
   * @param expiresInMs milliseconds until the identity ends that this node has at the other end
   */
  linkResumed(session: Connection, authenticated: Authenticated, expiresInMs: number | undefined): void {
    const { link } = this;
    if (link === undefined || link.connection !== session) return;
    if (authenticated.identity !== undefined) this.#identity?.set(authenticated);
    this.#renewBefore(expiresInMs);
    if (this.life.resume(link)) this.notify('resumed');
  }

  /** @internal The other end takes no more calls on this link. */
  linkGoodbye(link: Link, code: string, reason: string, retryAfterMs: number | undefined): void {
    if (!this.life.goodbye(link)) return;
    // Meant for good: a dialer that came back would be accepted as a new peer each time.
    if (code === 'canceled') this.#reconnector.ended(this);
    if (retryAfterMs !== undefined) this.#reconnector.holdOff?.(retryAfterMs);
    this.node.logger.info({ peer: this.id, reason }, 'the peer takes no more calls');
    this.notify('draining', reason);
    if (code !== 'canceled' && !this.life.ending) this.#reconnector.leaving?.(this);
  }

  /** @internal The peer has announced services or withdrawn them. */
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

  /** Shows the credentials again before the identity ends that this node has at the peer. */
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

  /** @internal No further connection is wanted. */
  letGo(): void {
    this.#reconnector.ended(this);
  }

  /** @internal The link in use is gone; `final`: no other will follow. */
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
