/** A service asked for by name: receives calls from a proxy, and hands them to the link on which it was found. */
import { NetronError } from '../errors/netron-error.js';
import type { CallPeer } from '../middleware/call.js';
import type { MemberInfo } from '../middleware/member.js';
import type { CallOptions } from '../service/call/options.js';
import { createProxy, type ProxyTarget, targetOf } from '../service/call/proxy.js';
import { membersOf } from '../service/call/remote-members.js';
import type { MemberDefinition, ServiceDefinition } from '../service/definition.js';
import { failedBefore } from './calls/call-failures.js';
import type { CallWatcher } from './calls/call-sender.js';
import { Callee } from './calls/callee.js';
import type { OutgoingChain } from './calls/outgoing-chain.js';
import { type CallPromises, promiseFrom, rejected } from './calls/promises.js';
import type { EventListener } from './events/outgoing-subscriptions.js';
import type { PeerNode } from './peer-node.js';
import type { Reference, ReferenceLink } from './references/reference.js';

/** Members of the peer that a binding uses. */
export interface BindingPeer extends CallPeer {
  readonly node: Pick<PeerNode, 'clock' | 'parts'>;
  readonly outgoingChain: OutgoingChain | undefined;
  /** Whether the link in use takes calls. */
  readonly accepting: boolean;
  readonly services: {
    /** Nobody uses the binding any more. */
    forget(binding: ServiceBinding): void;
    /** Resolves when the search for a service that has come back is over; absent when none is searched for. */
    readonly recovery: { found(binding: ServiceBinding): Promise<void> } | undefined;
  };
  readonly subscriptions: {
    add(subscription: { binding: ServiceBinding; pattern: string; listener: EventListener }): Promise<() => Promise<void>>;
  };
  /** Resolves when a link takes calls. */
  ready(options: CallOptions | undefined): Promise<unknown>;
  reportError(error: unknown): void;
}

export class ServiceBinding implements ProxyTarget {
  /** Query, for instance `calculator@^1.0.0`. */
  readonly query: string;
  readonly definition: ServiceDefinition;
  readonly proxy: object;
  /** How many have asked for it and not released it. */
  holders = 0;
  /** Subscriptions to its events: they last when all holders have released it. */
  #subscriptions = 0;
  protected readonly peer: BindingPeer;
  #link: ReferenceLink | undefined;
  #handle = 0;
  /** Members that were called on the connection in use, by their number in the first definition. */
  #callees: Callee[] = [];
  /** Result of the query. Held here because the peer is notified when it is collected. */
  #found: object | undefined;

  constructor(peer: BindingPeer, query: string, found: object) {
    const reference = targetOf(found) as Reference;
    this.peer = peer;
    this.query = query;
    this.definition = reference.definition;
    this.proxy = createProxy(this);
    this.#take(found);
  }

  /** The service has been found on another connection, or is back. */
  attach(found: object): void {
    this.#take(found);
  }

  #take(found: object): void {
    const { link, handle } = targetOf(found) as Reference;
    this.#found = found;
    this.#link = link;
    this.#handle = handle;
    this.#callees = [];
  }

  /** The connection is gone, or the service. */
  detach(): void {
    this.#link = undefined;
    this.#found = undefined;
  }

  invoke(member: number, args: unknown[], options: CallOptions | undefined): Promise<unknown> {
    const { outgoingChain } = this.peer;
    if (outgoingChain === undefined) return this.send(member, args, options);
    const info = membersOf(this.definition)[member] as MemberInfo;
    return outgoingChain.invoke(info, args, options, this.peer, (changed, given) => this.send(member, changed, given));
  }

  /**
   * Calls a member past the middleware, which has seen the call already.
   *
   * @param watcher hears how the call ends
   */
  send(member: number, args: unknown[], options: CallOptions | undefined, watcher?: CallWatcher): Promise<unknown> {
    const { link } = this;
    if (link === undefined) return this.later(member, args, options, watcher);
    return link.calls.call(this.callee(member, member), args, options, watcher);
  }

  /** The link that takes calls now; `undefined` while there is none, or the service is not there, or was released. */
  protected get link(): ReferenceLink | undefined {
    return this.peer.accepting && this.holders > 0 ? this.#link : undefined;
  }

  /** Returns a member as calls name it on the connection in use. */
  protected callee(member: number, number: number): Callee {
    return this.#callees[member] ?? this.#newCallee(member, number);
  }

  #newCallee(member: number, number: number): Callee {
    const { name: service, version, members } = this.definition;
    const { name, kind } = members[member] as MemberDefinition;
    const callee = new Callee(this.#handle, number, service, name, version, kind);
    this.#callees[member] = callee;
    return callee;
  }

  /** Calls when no link takes the call: fails it with the reason. */
  protected later(_member: number, args: unknown[], _options: CallOptions | undefined, watcher?: CallWatcher): Promise<unknown> {
    this.discard(args);
    return promiseFrom(this.promises, async () => {
      try {
        if (this.holders <= 0) throw this.released();
        await this.peer.ready(undefined);
        throw this.missing();
      } catch (error) {
        return failedBefore(this.promises, error, watcher);
      }
    });
  }

  fail(error: NetronError): Promise<unknown> {
    return rejected(this.promises, error);
  }

  async on(event: string, listener: (data: unknown, event: string) => void): Promise<() => Promise<void>> {
    if (this.holders <= 0) throw this.released();
    let lasts = true;
    const end = (): void => {
      if (!lasts) return;
      lasts = false;
      this.#subscriptions -= 1;
      this.#dropUnused();
    };
    this.#subscriptions += 1;
    try {
      const off = await this.peer.subscriptions.add({ binding: this, pattern: event, listener });
      return () => off().finally(end);
    } catch (error) {
      end();
      throw error;
    }
  }

  stream(opened: Promise<unknown>): object {
    return this.peer.node.parts.streams.answer(opened);
  }

  protected get promises(): CallPromises {
    return this.peer.node.parts.promises;
  }

  get owner(): unknown {
    return this.peer;
  }

  /** Whether nobody holds it and nobody hears its events. */
  get unused(): boolean {
    return this.holders <= 0 && this.#subscriptions === 0;
  }

  /** Definition of the service as it was found on the connection in use; while it was not, that of the first. */
  get served(): ServiceDefinition {
    return (targetOf(this.#found) as Reference | undefined)?.definition ?? this.definition;
  }

  /** Whether the service on the connection in use is another than the first: whoever asks now gets a binding of that. */
  get outgrown(): boolean {
    return this.served !== this.definition;
  }

  /** Whether the service was found on the connection in use. */
  get attached(): boolean {
    return this.#link !== undefined;
  }

  /** The service's handle on `link`; `undefined` when it was not found there. */
  handleOn(link: object): number | undefined {
    return this.#link === link ? this.#handle : undefined;
  }

  reportError(error: unknown): void {
    this.peer.reportError(error);
  }

  dispose(): void {
    this.holders -= 1;
    if (!this.unused) return;
    const reference = targetOf(this.#found) as Reference | undefined;
    this.drop();
    if (reference !== undefined && reference.count <= 0) reference.link.imports.releaseChildren(reference);
  }

  /** Nobody asks for it here any more. Unlike `dispose`, what its calls have returned stays with the program. */
  leave(): void {
    this.holders -= 1;
    this.#dropUnused();
  }

  /** It is handed on to another peer, which holds it like one who has asked for it; what was released stays released. */
  pin(): void {
    if (this.holders > 0) this.holders += 1;
  }

  unpin(): void {
    this.dispose();
  }

  /** Gives the service back to the peer. */
  drop(): void {
    this.peer.services.forget(this);
    // Other queries may have led to the same service: only what this one was given goes back.
    (targetOf(this.#found) as Reference | undefined)?.giveBack(1);
    this.detach();
  }

  #dropUnused(): void {
    if (this.unused) this.drop();
  }

  protected released(): NetronError {
    return new NetronError('failed_precondition', `service '${this.query}' was released`);
  }

  protected missing(): NetronError {
    return new NetronError('not_found', `no service '${this.query}'`);
  }

  /** Arguments that were never sent: their streams end. */
  protected discard(args: unknown[]): void {
    this.peer.node.parts.streams.discard(args, (error) => this.peer.reportError(error));
  }
}
