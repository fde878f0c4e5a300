/**
 * A service asked for by name, over all the connections that its peer will have: receives calls from a proxy, hands them
 * to the link there is, or keeps them until there is one.
 */
import { NetronError } from '../errors/netron-error.js';
import { withOutcome } from '../errors/outcome.js';
import type { CallPeer } from '../middleware/call.js';
import type { MemberInfo } from '../middleware/member.js';
import type { CallOptions } from '../service/call/options.js';
import { createProxy, type ProxyTarget, targetOf } from '../service/call/proxy.js';
import { membersOf } from '../service/call/remote-members.js';
import { explain, type Skew, skewBetween } from '../service/call/skew.js';
import type { MemberDefinition, ServiceDefinition } from '../service/definition.js';
import type { Clock } from '../util/clock.js';
import { failedBefore } from './calls/call-failures.js';
import type { CallWatcher } from './calls/call-sender.js';
import { Callee } from './calls/callee.js';
import type { OutgoingChain } from './calls/outgoing-chain.js';
import { type CallPromises, promiseFrom, rejected, type Settler } from './calls/promises.js';
import type { EventListener } from './events/outgoing-subscriptions.js';
import type { PeerNode } from './peer-node.js';
import type { ImportingLink, Reference } from './references/imports.js';

/** Members of the peer that a binding uses. */
export interface BindingPeer extends CallPeer {
  readonly node: Pick<PeerNode, 'clock' | 'parts'>;
  readonly outgoingChain: OutgoingChain | undefined;
  /** Whether the link in use takes calls. */
  readonly accepting: boolean;
  readonly services: {
    /** Nobody uses the binding any more. */
    forget(binding: ServiceBinding): void;
    /** Resolves when the search for a service that has come back is over. */
    found(binding: ServiceBinding): Promise<void>;
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
  readonly #peer: BindingPeer;
  #link: ImportingLink | undefined;
  #handle = 0;
  /** Members that were called on the connection in use, by their number in the first definition. */
  #callees: Callee[] = [];
  /** How the definition in force differs from the first; `undefined` while it does not. */
  #skew: Skew | undefined;
  /** Result of the query. Held here because the peer is notified when it is collected. */
  #found: object | undefined;

  constructor(peer: BindingPeer, query: string, found: object) {
    const reference = targetOf(found) as Reference;
    this.#peer = peer;
    this.query = query;
    this.definition = reference.definition;
    this.proxy = createProxy(this);
    this.attach(found);
  }

  /** The service has been found on a new connection. */
  attach(found: object): void {
    const reference = targetOf(found) as Reference;
    this.#found = found;
    this.#link = reference.link;
    this.#handle = reference.handle;
    this.#callees = [];
    const { name, version } = this.definition;
    this.#skew = reference.definition === this.definition ? undefined : skewBetween(name, version, reference.definition.version);
  }

  /** The connection is gone. */
  detach(): void {
    this.#link = undefined;
    this.#found = undefined;
  }

  invoke(member: number, args: unknown[], options: CallOptions | undefined): Promise<unknown> {
    const { outgoingChain } = this.#peer;
    if (outgoingChain === undefined) return this.send(member, args, options);
    const info = membersOf(this.definition)[member] as MemberInfo;
    return outgoingChain.invoke(info, args, options, this.#peer, (changed, given) => this.send(member, changed, given));
  }

  /**
   * Calls a member past the middleware, which has seen the call already.
   *
   * @param watcher hears how the call ends
   */
  send(member: number, args: unknown[], options: CallOptions | undefined, watcher?: CallWatcher): Promise<unknown> {
    const link = this.#link;
    if (link === undefined || !this.#peer.accepting || this.holders <= 0) return this.#later(member, args, options, watcher);
    const callee = this.#callees[member] ?? this.#callee(member);
    if (callee === undefined) {
      this.#discard(args);
      return failedBefore(this.#promises, this.#gone(member), watcher);
    }
    const heard = this.#skew === undefined ? watcher : new SkewWatcher(this.#skew, watcher);
    return link.calls.call(callee, args, options, heard);
  }

  fail(error: NetronError): Promise<unknown> {
    return rejected(this.#promises, error);
  }

  async on(event: string, listener: (data: unknown, event: string) => void): Promise<() => Promise<void>> {
    if (this.holders <= 0) throw this.#released();
    let lasts = true;
    const end = (): void => {
      if (!lasts) return;
      lasts = false;
      this.#subscriptions -= 1;
      this.#dropUnused();
    };
    this.#subscriptions += 1;
    try {
      const off = await this.#peer.subscriptions.add({ binding: this, pattern: event, listener });
      return () => off().finally(end);
    } catch (error) {
      end();
      throw error;
    }
  }

  stream(opened: Promise<unknown>): object {
    return this.#peer.node.parts.streams.answer(opened);
  }

  get #promises(): CallPromises {
    return this.#peer.node.parts.promises;
  }

  get owner(): unknown {
    return this.#peer;
  }

  /** Whether nobody holds it and nobody hears its events. */
  get unused(): boolean {
    return this.holders <= 0 && this.#subscriptions === 0;
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
    this.#peer.reportError(error);
  }

  dispose(): void {
    this.holders -= 1;
    if (!this.unused) return;
    const reference = targetOf(this.#found) as Reference | undefined;
    this.drop();
    if (reference !== undefined && reference.count <= 0) reference.link.imports.releaseChildren(reference);
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
    this.#peer.services.forget(this);
    // Other queries may have led to the same service: only what this one was given goes back.
    (targetOf(this.#found) as Reference | undefined)?.giveBack(1);
    this.detach();
  }

  #dropUnused(): void {
    if (this.unused) this.drop();
  }

  #released(): NetronError {
    return new NetronError('failed_precondition', `service '${this.query}' was released`);
  }

  #later(member: number, args: unknown[], options: CallOptions | undefined, watcher?: CallWatcher): Promise<unknown> {
    this.#peer.node.parts.streams.guard(args);
    return promiseFrom(this.#promises, async () => {
      const { clock } = this.#peer.node;
      const start = clock.now();
      try {
        if (this.holders <= 0) throw this.#released();
        await this.#peer.ready(options);
        if (this.#link === undefined) await this.#peer.services.found(this);
        // The connection may be lost again while the service is looked up.
        while (this.#link === undefined && !this.#peer.accepting) {
          await this.#peer.ready(left(options, start, clock));
          await this.#peer.services.found(this);
        }
        if (this.#link === undefined) throw new NetronError('not_found', `no service '${this.query}'`);
      } catch (error) {
        this.#discard(args);
        return failedBefore(this.#promises, error, watcher);
      }
      return this.send(member, args, left(options, start, clock), watcher);
    });
  }

  /** Arguments that were never sent: their streams end. */
  #discard(args: unknown[]): void {
    this.#peer.node.parts.streams.discard(args, (error) => this.#peer.reportError(error));
  }

  /** Returns a member as calls name it on the connection in use; `undefined` when it is gone. */
  #callee(member: number): Callee | undefined {
    const { name: service, version, members } = this.definition;
    const { name, kind } = members[member] as MemberDefinition;
    const { members: now } = (targetOf(this.#found) as Reference).definition;
    const number = now[member]?.name === name ? member : now.findIndex((candidate) => candidate.name === name);
    if (number < 0) return undefined;
    const callee = new Callee(this.#handle, number, service, name, version, kind);
    this.#callees[member] = callee;
    return callee;
  }

  #gone(member: number): NetronError {
    const { name, members } = this.definition;
    const gone = new NetronError('not_found', `service '${name}' has no member '${members[member]?.name}' any more`);
    return explain(withOutcome(gone, 'not_run'), this.#skew) as NetronError;
  }
}

/** Makes of failures that another version explains what they come from. */
class SkewWatcher implements CallWatcher {
  readonly #skew: Skew;
  readonly #inner: CallWatcher | undefined;

  constructor(skew: Skew, inner: CallWatcher | undefined) {
    this.#skew = skew;
    this.#inner = inner;
  }

  get parent(): CallWatcher['parent'] {
    return this.#inner?.parent;
  }

  set parent(parent: CallWatcher['parent']) {
    if (this.#inner !== undefined) this.#inner.parent = parent;
  }

  answered(result: unknown): void {
    this.#inner?.answered(result);
  }

  failed(error: unknown, settler: Settler): boolean {
    const explained = explain(error, this.#skew);
    if (this.#inner?.failed(explained, settler) === true) return true;
    if (explained === error) return false;
    settler.reject(explained);
    return true;
  }
}

/** Returns the options of a call that was made at `start`, with the time that is left of its own. */
export function left(options: CallOptions | undefined, start: number, clock: Clock): CallOptions | undefined {
  if (options?.timeout === undefined) return options;
  return { ...options, timeout: Math.max(0, options.timeout - (clock.now() - start)) };
}
