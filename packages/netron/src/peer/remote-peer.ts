/**
 * Another node, as this one sees it. The object stays the same when the connection is lost and made again: proxies,
 * subscriptions and waiting calls go on with the next link.
 */
import { NetronError } from '../errors/netron-error.js';
import type { CallPeer } from '../middleware/call.js';
import { currentCall } from '../service/call-context.js';
import { type CallOptions, checkCallOptions } from '../service/call-options.js';
import { targetOf } from '../service/proxy.js';
import type { Queried } from '../service/remote.js';
import { type Deferred, deferred } from '../util/deferred.js';
import { Emitter } from '../util/emitter.js';
import { Reference } from './imports.js';
import type { Link } from './link.js';
import type { PeerNode } from './peer-node.js';
import { PeerSubscriptions } from './peer-subscriptions.js';
import { ServiceBinding } from './service-binding.js';
import type { EventListener } from './subscriptions.js';
import { systemMembers } from './system-members.js';

/**
 * `connecting`: no connection yet, or a new one is being made. `ready`: calls go out. `draining`: the other end finishes
 * what runs and takes no more. `suspended`: the connection is lost and the other end has to come back. `closed`: for ever.
 */
export type PeerState = 'connecting' | 'ready' | 'draining' | 'suspended' | 'closed';

/** Events of a peer (MISSION PE-11). */
export interface PeerEvents {
  connected: undefined;
  /** Why the connection ended. */
  disconnected: string;
  error: Error;
  /** Services of the peer that came, as `name@version`. */
  'services:added': readonly string[];
  'services:removed': readonly string[];
}

/** What a peer asks of whoever made it. */
export interface PeerHome {
  /** The connection is lost; the home reconnects, waits for the other end, or closes the peer. */
  lost(peer: RemotePeer, error: Error | undefined): void;
  /** The program wants the connection to end. */
  ended(peer: RemotePeer): void;
  /** The other end asks not to come back before `ms` milliseconds. */
  holdOff?(ms: number): void;
}

/** Characters of the longest `name@version`. */
const longestService = 256;

/** A query's answer, and what looks for it. */
interface Named {
  binding: ServiceBinding | undefined;
  readonly found: Promise<ServiceBinding>;
}

/** Calls that may wait for a connection at most. */
const maxWaiting = 10_000;

export class RemotePeer implements CallPeer {
  readonly node: PeerNode;
  readonly subscriptions: PeerSubscriptions;
  /** What `authenticate` found out about the peer; `undefined` when nobody asked. */
  identity: unknown = undefined;
  #id: string;
  readonly #home: PeerHome;
  readonly #events: Emitter<PeerEvents>;
  readonly #services = new Set<string>();
  /** What the next query for the same is answered with. */
  readonly #bindings = new Map<string, Named>();
  /** Every binding in use, also those that newer ones have taken the name of. */
  readonly #live = new Set<ServiceBinding>();
  /** What this node has exposed on the peer, by `name@version`. */
  readonly #exposed = new Map<string, object>();
  /** Those in use that are being looked up again. */
  readonly #sought = new Map<ServiceBinding, Promise<void>>();
  #link: Link | undefined;
  #state: PeerState = 'connecting';
  #ready: Deferred<Link> = unwatched();
  #waiting = 0;
  #closeReason: NetronError | undefined;

  constructor(node: PeerNode, id: string, home: PeerHome) {
    this.node = node;
    this.#id = id;
    this.#home = home;
    this.#events = new Emitter<PeerEvents>((error) => this.unheard(error));
    this.subscriptions = new PeerSubscriptions(
      () => (this.accepting ? (this.#link as Link) : this.ready(undefined)),
      (error) => this.unheard(error),
    );
  }

  /** The id of the peer's node; another after a reconnect that led to another node. */
  get id(): string {
    return this.#id;
  }

  /** Where the connection is in its life. It never leaves `closed`. */
  get state(): PeerState {
    return this.#state;
  }

  /** Whether a connection is there and takes calls. */
  get accepting(): boolean {
    return this.#state === 'ready';
  }

  /** The link in use. */
  get link(): Link | undefined {
    return this.#link;
  }

  /** For people: where the peer is. */
  get address(): string | undefined {
    return this.#link?.connection.remoteAddress;
  }

  /** Calls `listener` at each event; returns a function that ends it. */
  get on(): Emitter<PeerEvents>['on'] {
    return this.#events.on.bind(this.#events) as Emitter<PeerEvents>['on'];
  }

  /** Like `on`, for the next such event only. */
  get once(): Emitter<PeerEvents>['once'] {
    return this.#events.once.bind(this.#events) as Emitter<PeerEvents>['once'];
  }

  /** Removes one subscription of a listener, the latest; nothing happens when there is none. */
  get off(): Emitter<PeerEvents>['off'] {
    return this.#events.off.bind(this.#events) as Emitter<PeerEvents>['off'];
  }

  /**
   * A typed proxy of one of the peer's services. The peer chooses the version. Asking twice gives the same proxy.
   *
   * @param query `name`, `name@1.2.3`, `name@^1.0.0`, `name@latest`
   * @throws NetronError `not_found`; `unavailable` when the peer is closed; `deadline_exceeded`
   */
  async queryInterface<T = Record<string, (...args: unknown[]) => Promise<unknown>>>(query: string): Promise<Queried<T>> {
    if (this.#closeReason !== undefined) throw this.#closeReason;
    const binding = await this.#binding(query);
    binding.holders += 1;
    return binding.proxy as Queried<T>;
  }

  /**
   * Gives back what `queryInterface` gave. When everybody who asked has, the peer is told. The same as
   * `proxy[Symbol.dispose]()`.
   */
  releaseInterface(proxy: object): void {
    targetOf(proxy)?.dispose();
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

  /** Runs a task of the peer. */
  runTask(name: string, ...args: unknown[]): Promise<unknown> {
    const { taskTimeout } = this.node;
    return this.#system(systemMembers.task, [name, args], name, taskTimeout === Infinity ? undefined : { timeout: taskTimeout });
  }

  /** Calls one method without a proxy. */
  async call(service: string, method: string, args: unknown[] = [], options?: CallOptions): Promise<unknown> {
    if (options !== undefined) checkCallOptions(options);
    const proxy = await this.queryInterface(service);
    try {
      const to = targetOf(proxy) as ServiceBinding;
      const member = to.definition.members.findIndex(({ name }) => name === method);
      if (member < 0) throw new NetronError('not_found', `service '${service}' has no member '${method}'`);
      return await to.invoke(member, args, options);
    } finally {
      // The binding stays for the next call, unless another has taken its name; only this use of it ends.
      const binding = targetOf(proxy) as ServiceBinding;
      binding.holders -= 1;
      if (binding.holders === 0 && !this.#isNamed(binding)) binding.drop();
    }
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

  /** What the peer exposes, as `name@version`, as far as it has announced it. */
  getServiceNames(): string[] {
    return [...this.#services];
  }

  /** Says whether the peer has announced a service; without version, in any. */
  hasService(name: string): boolean {
    if (this.#services.has(name)) return true;
    return !name.includes('@') && this.getServiceNames().some((service) => service.startsWith(`${name}@`));
  }

  /** Whether calls or streams are under way. */
  isBusy(): boolean {
    return this.#link !== undefined && !this.#link.idle;
  }

  /** Ends the connection and does not come back. When it resolves, the peer is gone from `netron.peers`. */
  async disconnect(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#link?.sayGoodbye('canceled', 'the other end called disconnect()');
    this.leave('disconnect() was called');
  }

  /** Ends the connection without telling the other end to stay away. */
  leave(reason: string): void {
    if (this.#state === 'closed') return;
    this.#home.ended(this);
    this.close(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.disconnect();
  }

  /** The link, as soon as there is one that takes calls. */
  async ready(options: CallOptions | undefined): Promise<Link> {
    if (this.#state === 'ready') return this.#link as Link;
    if (this.#closeReason !== undefined) throw this.#closeReason;
    if (this.#waiting >= maxWaiting)
      throw new NetronError('resource_exhausted', `${maxWaiting} calls wait for peer '${this.id}' already`);
    const { clock, requestTimeout } = this.node;
    const outer = currentCall();
    const own = options?.timeout ?? requestTimeout;
    const timeout = outer?.deadline === undefined ? own : Math.min(own, Math.max(0, outer.deadline - clock.now()));
    this.#waiting += 1;
    const late = deferred<never>();
    const timer =
      timeout === Infinity
        ? undefined
        : clock.setTimeout(
            () => late.reject(new NetronError('deadline_exceeded', `peer '${this.id}' was not connected for ${timeout} ms`)),
            timeout,
          );
    const cancel = (cause: unknown): void => late.reject(new NetronError('canceled', 'the call was canceled', { cause }));
    const onAbort = (): void => cancel(options?.signal?.reason);
    if (options?.signal?.aborted) onAbort();
    const off = outer?.onAbort(cancel);
    options?.signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([this.#ready.promise, late.promise]);
    } finally {
      this.#waiting -= 1;
      off?.();
      options?.signal?.removeEventListener('abort', onAbort);
      if (timer !== undefined) clock.clearTimeout(timer);
    }
  }

  /** A new link has been made: services and subscriptions in use are looked up again, then calls go out. */
  attach(link: Link, identity: unknown): void {
    const before = this.#link;
    if (before !== undefined) {
      // The other end has noticed a loss that this one has not.
      this.#link = undefined;
      before.close('a new connection takes over');
      this.#suspend('a new connection takes over');
    }
    this.#link = link;
    this.identity = identity;
    this.#services.clear();
    for (const service of link.remote.services) if (service.length <= longestService) this.#services.add(service);
    if (this.#live.size + this.subscriptions.size + this.#exposed.size === 0) return this.#connected(link);
    this.#renew(link).then(
      () => this.#connected(link),
      (error: unknown) => link.terminate(NetronError.from(error)),
    );
  }

  /** The address has led to another node. */
  rename(id: string): void {
    this.#id = id;
  }

  /** For ever. */
  close(reason: string): void {
    if (this.#state === 'closed') return;
    const wasConnected = this.#link !== undefined;
    this.#state = 'closed';
    this.#closeReason = new NetronError('unavailable', `peer '${this.id}' is closed: ${reason}`);
    this.#ready.reject(this.#closeReason);
    const link = this.#link;
    this.#link = undefined;
    link?.close(reason);
    for (const binding of this.#live) binding.detach();
    this.subscriptions.clear();
    if (wasConnected) this.#events.emit('disconnected', reason);
    this.node.peerDisconnected(this, reason, true);
  }

  /** The link has ended; told once. */
  linkClosed(link: Link, error: Error | undefined): void {
    if (link !== this.#link) return;
    this.#link = undefined;
    this.#suspend(error?.message ?? 'the connection was closed');
    this.#home.lost(this, error);
  }

  /** The other end takes no more calls on this link. */
  linkGoodbye(link: Link, goodbye: NetronError): void {
    if (link !== this.#link || this.#state !== 'ready') return;
    // Meant for good: a dialer that came back would be a new guest each time.
    if (goodbye.code === 'canceled') this.#home.ended(this);
    if (goodbye.retryAfterMs !== undefined) this.#home.holdOff?.(goodbye.retryAfterMs);
    this.#state = 'draining';
    this.#ready = unwatched();
    this.node.logger.info({ peer: this.id, reason: goodbye.message }, 'the peer takes no more calls');
  }

  /** The peer has announced services or withdrawn them. */
  servicesChanged(added: readonly string[], removed: readonly string[]): void {
    for (const service of removed) this.#services.delete(service);
    for (const service of added) {
      if (service.length > longestService || this.#services.size >= this.node.limits.elements) {
        throw new NetronError('resource_exhausted', 'more services are announced than a node can have');
      }
      this.#services.add(service);
    }
    // The next query asks again: a range may now mean another version.
    const names = new Set([...added, ...removed].map(nameOf));
    for (const query of this.#bindings.keys()) if (names.has(nameOf(query))) this.#bindings.delete(query);
    const gone = new Set(removed);
    for (const binding of this.#live) {
      if (!names.has(nameOf(binding.query))) continue;
      if (gone.has(`${binding.definition.name}@${binding.definition.version}`)) binding.detach();
      if (binding.holders === 0) binding.drop();
    }
    if (removed.length > 0) this.#events.emit('services:removed', removed);
    if (added.length > 0) this.#events.emit('services:added', added);
    if (added.length > 0 && this.#state === 'ready') this.#recover(this.#link as Link);
    for (const service of added) this.node.serviceDiscovered(this, service);
  }

  /** Something failed that nobody awaits. */
  unheard(error: unknown): void {
    const reported = error instanceof Error ? error : NetronError.from(error);
    this.node.logger.warn({ peer: this.id, error: reported.message }, 'an error that nobody awaits');
    this.#events.emit('error', reported);
  }

  /** Resolves when the search for a service that has just come back is over; never rejects. */
  async found(binding: ServiceBinding): Promise<void> {
    await this.#sought.get(binding);
  }

  /** Nobody holds the binding any more. */
  forget(binding: ServiceBinding): void {
    this.#live.delete(binding);
    if (this.#isNamed(binding)) this.#bindings.delete(binding.query);
  }

  #suspend(reason: string): void {
    for (const binding of this.#live) binding.detach();
    if (this.#state === 'ready') this.#ready = unwatched();
    this.#state = 'suspended';
    this.#events.emit('disconnected', reason);
    this.node.peerDisconnected(this, reason, false);
  }

  /** The binding for a query, the same one for all who ask while it is in use. */
  async #binding(query: string): Promise<ServiceBinding> {
    for (;;) {
      const named = this.#bindings.get(query) ?? this.#bind(query);
      const binding = await named.found;
      // It may have been let go of in the meantime.
      if (this.#live.has(binding)) return binding;
    }
  }

  #bind(query: string): Named {
    const look = async (): Promise<ServiceBinding> => {
      try {
        const link = await this.ready(undefined);
        const binding = new ServiceBinding(this, query, await lookUp(link, query));
        this.#live.add(binding);
        named.binding = binding;
        return binding;
      } catch (error) {
        if (this.#bindings.get(query) === named) this.#bindings.delete(query);
        throw error;
      }
    };
    const named: Named = { binding: undefined, found: Promise.resolve().then(look) };
    this.#bindings.set(query, named);
    return named;
  }

  #isNamed(binding: ServiceBinding): boolean {
    return this.#bindings.get(binding.query)?.binding === binding;
  }

  async #renew(link: Link): Promise<void> {
    await Promise.all(
      [...this.#live].map(async (binding) => {
        try {
          binding.attach(await lookUp(link, binding.query));
        } catch (error) {
          if (!NetronError.is(error, 'not_found')) throw error; // else its calls say so
        }
      }),
    );
    await this.subscriptions.renew(link);
    for (const service of this.#exposed.values()) {
      link.calls
        .call(0, systemMembers.expose, [service], { service: 'netron', method: 'expose' })
        .catch((error: unknown) => this.unheard(error));
    }
  }

  /** Services that were not there on this connection yet, and are now: proxies and subscriptions go on. */
  #recover(link: Link): void {
    for (const binding of this.#live) {
      if (binding.handleOn(link) !== undefined || this.#sought.has(binding) || !this.hasService(nameOf(binding.query))) continue;
      const sought = lookUp(link, binding.query)
        .then((found) => {
          if (!this.#live.has(binding)) return;
          binding.attach(found);
          return this.subscriptions.renew(link, binding);
        })
        .catch((error: unknown) => {
          if (link.open && !NetronError.is(error, 'not_found')) this.unheard(error);
        })
        .finally(() => this.#sought.delete(binding));
      this.#sought.set(binding, sought);
    }
  }

  #connected(link: Link): void {
    if (link !== this.#link || this.#state === 'closed') return;
    this.#state = 'ready';
    this.#ready.resolve(link);
    this.node.peerConnected(this);
    this.#events.emit('connected');
    if (this.#state === 'ready') this.#recover(link);
    for (const service of this.#services) this.node.serviceDiscovered(this, service);
  }

  async #system(member: number, args: unknown[], method: string, options?: CallOptions): Promise<unknown> {
    const link = await this.ready(options);
    return link.calls.call(0, member, args, { service: 'netron', method }, options);
  }
}

async function lookUp(link: Link, query: string): Promise<object> {
  const proxy = await link.calls.call(0, systemMembers.query, [query], { service: 'netron', method: `query ${query}` });
  if (targetOf(proxy) instanceof Reference) return proxy as object;
  throw new NetronError('internal', `the peer answered the query for '${query}' with something else`);
}

function nameOf(service: string): string {
  const at = service.indexOf('@');
  return at < 0 ? service : service.slice(0, at);
}

/** A deferred whose rejection nobody has to handle. */
function unwatched(): Deferred<Link> {
  const ready = deferred<Link>();
  ready.promise.catch(() => {});
  return ready;
}
