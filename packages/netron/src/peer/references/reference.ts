/** One function or service object of the other end: the target of the program's proxy, and its lifetime. */
import { NetronError } from '../../errors/netron-error.js';
import type { CallPeer } from '../../middleware/call.js';
import type { MemberInfo } from '../../middleware/member.js';
import type { CallOptions } from '../../service/call/options.js';
import { type ProxyTarget, target } from '../../service/call/proxy.js';
import { membersOf } from '../../service/call/remote-members.js';
import type { ServiceDefinition } from '../../service/definition.js';
import type { CallSender } from '../calls/call-sender.js';
import { Callee } from '../calls/callee.js';
import type { Send } from '../calls/outgoing-call.js';
import type { OutgoingChain } from '../calls/outgoing-chain.js';
import { type CallPromises, promiseOfPeer, rejected } from '../calls/promises.js';
import type { Subscriptions } from '../events/outgoing-subscriptions.js';
import type { NodeBasis } from '../node-role.js';

/** The references of a link. */
export interface ReferenceTable {
  /** Releases `count` of the times that it was received. */
  release(reference: Reference, count: number): void;
  /** Releases the references that the program has obtained from a released object, except for those it keeps. */
  releaseChildren(reference: Reference): void;
}

/** The members of the link that references use. */
export interface ReferenceLink {
  readonly node: Pick<NodeBasis, 'clock' | 'scheduler'> & {
    readonly parts: { readonly promises: CallPromises; readonly streams: { answer(opened: Promise<unknown>): object } };
  };
  readonly owner: CallPeer & { readonly outgoingChain: OutgoingChain | undefined };
  readonly calls: CallSender;
  readonly subscriptions: Pick<Subscriptions, 'subscribe'>;
  readonly imports: ReferenceTable;
  reportError(error: unknown): void;
}

/** The program's reference to one handle, with the number of times the other end has sent it. */
export class Reference implements ProxyTarget {
  readonly definition: ServiceDefinition;
  readonly handle: number;
  readonly link: ReferenceLink;
  /** Number of times received and not released. */
  count = 0;
  /** Time of the first arrival, in milliseconds on the monotonic clock. */
  readonly since: number;
  /** Number of pending calls that brought it. Each releases what it brought, even when the reference was disposed of before. */
  openCalls = 0;
  /** Whether it outlives the call that brought it. */
  kept = false;
  /** Releases it when its object is garbage-collected; absent for a reference that is held as long as the connection. */
  finalizer: Finalizer | undefined = undefined;
  /** References whose calls have returned it. */
  parents: Set<Reference> | undefined = undefined;
  /** References that its calls have returned, with their counts: they are released with it unless they are kept. */
  children: Map<Reference, number> | undefined = undefined;
  /** Number of peers that it was passed on to and of its calls that wait to be sent, */
  #pins = 0;
  /** and the count to release when none of them holds it any more. */
  #owed = 0;

  constructor(link: ReferenceLink, handle: number, definition: ServiceDefinition) {
    this.link = link;
    this.since = link.node.clock.now();
    this.handle = handle;
    this.definition = definition;
  }

  invoke(member: number, args: unknown[], options: CallOptions | undefined): Promise<unknown> {
    const { owner } = this.link;
    if (owner.outgoingChain === undefined) return this.send(member, args, options);
    const info = membersOf(this.definition)[member] as MemberInfo;
    const send: Send = (changed, given) => this.send(member, changed, given);
    return promiseOfPeer(owner.outgoingChain.invoke(info, args, options, owner, send));
  }

  /** Calls a member without the middleware, which has handled the call already. */
  send(member: number, args: unknown[], options: CallOptions | undefined): Promise<unknown> {
    if (this.count <= 0) return this.fail(this.released);
    const name = this.definition.members[member]?.name ?? this.definition.name;
    const callee = new Callee(this.handle, member, this.definition.name, name);
    callee.reference = this;
    return promiseOfPeer(this.link.calls.call(callee, args, options));
  }

  /** Error for the use of a released reference, whose handle may have been reused. */
  get released(): NetronError {
    const text = `the reference to '${this.definition.name}' was released; use keep() to hold it beyond its call`;
    return new NetronError('failed_precondition', text);
  }

  get owner(): unknown {
    return this.link.owner;
  }

  stream(opened: Promise<unknown>): object {
    return this.link.node.parts.streams.answer(opened);
  }

  fail(error: NetronError): Promise<unknown> {
    return promiseOfPeer(rejected(this.link.node.parts.promises, error));
  }

  on(event: string, listener: (data: unknown, event: string) => void): Promise<() => Promise<void>> {
    return promiseOfPeer(this.#subscribe(event, listener));
  }

  async #subscribe(event: string, listener: (data: unknown, event: string) => void): Promise<() => Promise<void>> {
    if (this.count <= 0) throw this.released;
    // The request may wait until it is sent.
    this.pin();
    try {
      const off = await this.link.subscriptions.subscribe(this.handle, event, listener);
      return () => promiseOfPeer(off());
    } finally {
      this.unpin();
    }
  }

  reportError(error: unknown): void {
    this.link.reportError(error);
  }

  /** Whether the program has released it. Peers that it was passed on to and calls that wait may still hold it. */
  get gone(): boolean {
    return this.count <= this.#owed;
  }

  /** Releases `count` of the times it was received, once no peer that it was passed on to holds it and none of its calls waits. */
  giveBack(count: number): void {
    if (this.#pins > 0) this.#owed = Math.min(this.#owed + count, this.count);
    else this.link.imports.release(this, count);
  }

  dispose(): void {
    this.kept = false;
    this.giveBack(this.count - this.openCalls - this.#owed);
    if (this.gone) this.link.imports.releaseChildren(this);
  }

  /** Notes that it is passed on to another peer, or that a call of it waits to be sent. */
  pin(): void {
    this.#pins += 1;
  }

  unpin(): void {
    this.#pins -= 1;
    if (this.#pins > 0 || this.#owed === 0) return;
    const owed = this.#owed;
    this.#owed = 0;
    this.giveBack(owed);
  }
}

/** Definition of a function that was sent. */
export const functionDefinition: ServiceDefinition = Object.freeze({
  name: 'function',
  version: '0.0.0',
  members: Object.freeze([{ name: 'call', kind: 'method' }] as const),
});

/**
 * The registration of a reference for finalization. Emptied when nothing is left to do, since engines may keep it after it is unregistered.
 */
interface Finalizer {
  reference: Reference | undefined;
}

const collected = new FinalizationRegistry<Finalizer>(({ reference }) => reference?.giveBack(reference.count));

/** Releases a reference when the program's object is garbage-collected. */
export function watch(reference: Reference, shown: object): void {
  if (reference.finalizer !== undefined || !reference.link.node.scheduler.collects) return;
  reference.finalizer = { reference };
  collected.register(shown, reference.finalizer, reference.finalizer);
}

/** Cancels the finalization: nothing is left to release. */
export function unwatch({ finalizer }: Reference): void {
  if (finalizer === undefined) return;
  collected.unregister(finalizer);
  finalizer.reference = undefined;
}

/**
 * Keeps a function or service object that arrived as an argument beyond the end of its call. It is released by
 * `reference[Symbol.dispose]()`, or when it is garbage-collected.
 *
 * @returns `reference`
 */
export function keep<T>(reference: T): T {
  const to = (reference as { [target]?: ProxyTarget } | null)?.[target];
  if (to instanceof Reference) to.kept = true;
  return reference;
}

/** Returns the function that the program calls in place of the remote one. */
export function callable(reference: Reference): object {
  const call = (...args: unknown[]): Promise<unknown> => reference.invoke(0, args, undefined);
  return Object.defineProperties(call, {
    [target]: { value: reference },
    [Symbol.dispose]: { value: () => reference.dispose() },
  });
}
