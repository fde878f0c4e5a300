/** A service looked up by name: receives calls from a proxy and passes them to the link on which the service was found. */
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

/** The members of the peer that a binding uses. */
export interface BindingPeer extends CallPeer {
  readonly node: Pick<PeerNode, 'clock' | 'parts'>;
  readonly outgoingChain: OutgoingChain | undefined;
  /** Whether the link in use accepts calls. */
  readonly accepting: boolean;
  readonly services: {
    /** Removes a binding that is no longer used. */
    forget(binding: ServiceBinding): void;
    /** Lookups of services that are being restored; absent when there are none. `found` resolves when the lookup is over. */
    readonly recovery: { found(binding: ServiceBinding): Promise<void> } | undefined;
  };
  readonly subscriptions: {
    add(subscription: { binding: ServiceBinding; pattern: string; listener: EventListener }): Promise<() => Promise<void>>;
  };
  /** Resolves when a link accepts calls. */
  ready(options: CallOptions | undefined): Promise<unknown>;
  reportError(error: unknown): void;
}

export class ServiceBinding implements ProxyTarget {
  /** Query, for instance `calculator@^1.0.0`. */
  readonly query: string;
  readonly definition: ServiceDefinition;
  readonly proxy: object;
  /** Number of holders that have looked it up and not released it. */
  holders = 0;
  /** Number of subscriptions to its events, which outlive the holders. */
  #subscriptions = 0;
  protected readonly peer: BindingPeer;
  #link: ReferenceLink | undefined;
  /** Members that were called on the connection in use, by their number in the first definition. */
  #callees: Callee[] = [];
  /** Result of the lookup. Held here because the peer is notified when it is garbage-collected. */
  #found: object | undefined;

  constructor(peer: BindingPeer, query: string, found: object) {
    const reference = targetOf(found) as Reference;
    this.peer = peer;
    this.query = query;
    this.definition = reference.definition;
    this.proxy = createProxy(this);
    this.#take(found);
  }

  /** Takes the service as found on another connection or after its return. */
  attach(found: object): void {
    this.#take(found);
  }

  #take(found: object): void {
    this.#found = found;
    this.#link = this.#reference?.link;
    this.#callees = [];
  }

  /** Forgets the service: it or its connection is gone. */
  detach(): void {
    this.#link = undefined;
    this.#found = undefined;
    this.#callees = [];
  }

  invoke(member: number, args: unknown[], options: CallOptions | undefined): Promise<unknown> {
    const { outgoingChain } = this.peer;
    if (outgoingChain === undefined) return this.send(member, args, options);
    const info = membersOf(this.definition)[member] as MemberInfo;
    return outgoingChain.invoke(info, args, options, this.peer, (changed, given) => this.send(member, changed, given));
  }

  /**
   * Calls a member without the middleware, which has handled the call already.
   *
   * @param watcher is notified how the call ends
   */
  send(member: number, args: unknown[], options: CallOptions | undefined, watcher?: CallWatcher): Promise<unknown> {
    const { link } = this;
    if (link === undefined) return this.later(member, args, options, watcher);
    return link.calls.call(this.callee(member, member), args, options, watcher);
  }

  /** The link that accepts calls now; `undefined` while there is none, the service is missing, or it was released. */
  protected get link(): ReferenceLink | undefined {
    return this.peer.accepting && this.holders > 0 ? this.#link : undefined;
  }

  get #reference(): Reference | undefined {
    return targetOf(this.#found) as Reference | undefined;
  }

  /** Returns a member in the form that calls use on the connection in use. */
  protected callee(member: number, number: number): Callee {
    return this.#callees[member] ?? this.#newCallee(member, number);
  }

  #newCallee(member: number, number: number): Callee {
    const { name: service, version, members } = this.definition;
    const { name, kind } = members[member] as MemberDefinition;
    const reference = this.#reference as Reference;
    const callee = new Callee(reference.handle, number, service, name, version, kind);
    callee.reference = reference;
    this.#callees[member] = callee;
    return callee;
  }

  /** Handles a call that no link accepts: fails it with the reason. */
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

  /** Whether it has neither holders nor subscriptions. */
  get unused(): boolean {
    return this.holders <= 0 && this.#subscriptions === 0;
  }

  /** Definition of the service on the connection in use; before it is found there, the first one. */
  get served(): ServiceDefinition {
    return this.#reference?.definition ?? this.definition;
  }

  /** Whether the service on the connection in use has another definition than the first: new lookups get a new binding. */
  get outgrown(): boolean {
    return this.served !== this.definition;
  }

  /** Whether the service was found on the connection in use. */
  get attached(): boolean {
    return this.#link !== undefined;
  }

  /** Returns the service's reference on `link`; `undefined` when it was not found there. */
  referenceOn(link: object): Reference | undefined {
    return this.#link === link ? this.#reference : undefined;
  }

  reportError(error: unknown): void {
    this.peer.reportError(error);
  }

  dispose(): void {
    this.holders -= 1;
    if (!this.unused) return;
    const reference = this.#reference;
    this.drop();
    if (reference?.gone) reference.link.imports.releaseChildren(reference);
  }

  /** Releases it for one holder. Unlike `dispose`, it keeps the references that its calls have returned. */
  leave(): void {
    this.holders -= 1;
    this.#dropUnused();
  }

  /** Adds another peer that it is passed on to as a holder. Has no effect after it was released. */
  pin(): void {
    if (this.holders > 0) this.holders += 1;
  }

  unpin(): void {
    this.dispose();
  }

  /** Returns the service to the peer. */
  drop(): void {
    this.peer.services.forget(this);
    // Other lookups may share the reference: only the count of this one is returned.
    this.#reference?.giveBack(1);
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

  /** Closes the streams in arguments that were never sent. */
  protected discard(args: unknown[]): void {
    this.peer.node.parts.streams.discard(args, (error) => this.peer.reportError(error));
  }
}
