/** One function or service object of the other end: the target of the proxy that the program has of it, and its lifetime. */
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

/** Table of the references of a link. */
export interface ReferenceTable {
  /** Gives `count` of the times that it was received back to the other end. */
  release(reference: Reference, count: number): void;
  /** The program has let go of an object: what it has got from it goes with it, but for what it keeps. */
  releaseChildren(reference: Reference): void;
}

/** Members of the link that references use. */
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

/** Reference of the program to one handle, with the number of times the other end has sent it. */
export class Reference implements ProxyTarget {
  readonly definition: ServiceDefinition;
  readonly handle: number;
  readonly link: ReferenceLink;
  /** Times received and not released. */
  count = 0;
  /** When it came first, in milliseconds on the monotonic clock. */
  readonly since: number;
  /** Calls it came with that have not ended: each gives back what it brought, whoever disposes of the reference before. */
  openCalls = 0;
  /** It stays when the call that brought it ends. */
  kept = false;
  /** Releases it when its object is collected; absent for one that is held as long as the connection. */
  finalizer: Finalizer | undefined = undefined;
  /** References whose calls have returned it. */
  parents: Set<Reference> | undefined = undefined;
  /** References that its calls have returned, and how often: they end with it when it is disposed of, unless they are kept. */
  children: Map<Reference, number> | undefined = undefined;
  /** It was handed on to so many, */
  #pins = 0;
  /** and so often it is given back when none of them holds it any more. */
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

  /** Calls a member past the middleware, which has seen the call already. */
  send(member: number, args: unknown[], options: CallOptions | undefined): Promise<unknown> {
    if (this.count <= 0) {
      const text = `the reference to '${this.definition.name}' was released; keep() holds it beyond the call it came with`;
      return this.fail(new NetronError('failed_precondition', text));
    }
    const name = this.definition.members[member]?.name ?? this.definition.name;
    const callee = new Callee(this.handle, member, this.definition.name, name);
    return promiseOfPeer(this.link.calls.call(callee, args, options));
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
    const subscribed = this.link.subscriptions.subscribe(this.handle, event, listener);
    return promiseOfPeer(subscribed.then((off) => () => promiseOfPeer(off())));
  }

  reportError(error: unknown): void {
    this.link.reportError(error);
  }

  /** Lets go of `count` of the times it was received, as soon as nobody holds it to whom it was handed on. */
  giveBack(count: number): void {
    if (this.#pins > 0) this.#owed += count;
    else this.link.imports.release(this, count);
  }

  dispose(): void {
    this.kept = false;
    this.giveBack(this.count - this.openCalls - this.#owed);
    if (this.count <= 0) this.link.imports.releaseChildren(this);
  }

  /** It is handed on to another peer. */
  pin(): void {
    this.#pins += 1;
  }

  unpin(): void {
    this.#pins -= 1;
    if (this.#pins > 0) return;
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

/** The registry's side of a reference. Emptied when nothing is to be done: an engine keeps it longer than it is registered. */
interface Finalizer {
  reference: Reference | undefined;
}

const collected = new FinalizationRegistry<Finalizer>(({ reference }) =>
  reference?.link.imports.release(reference, reference.count),
);

/** Releases a reference when the program's object is collected. */
export function watch(reference: Reference, shown: object): void {
  if (reference.finalizer !== undefined || !reference.link.node.scheduler.collects) return;
  reference.finalizer = { reference };
  collected.register(shown, reference.finalizer, reference.finalizer);
}

/** Nothing is left to be released. */
export function unwatch({ finalizer }: Reference): void {
  if (finalizer === undefined) return;
  collected.unregister(finalizer);
  finalizer.reference = undefined;
}

/**
 * Keeps a function or service object that came as an argument beyond the end of its call. Let go of it with
 * `reference[Symbol.dispose]()`, or by forgetting it.
 *
 * @returns `reference`
 */
export function keep<T>(reference: T): T {
  const to = (reference as { [target]?: ProxyTarget } | null)?.[target];
  if (to instanceof Reference) to.kept = true;
  return reference;
}

/** Returns the function that the program calls in place of the other end's. */
export function callable(reference: Reference): object {
  const call = (...args: unknown[]): Promise<unknown> => reference.invoke(0, args, undefined);
  return Object.defineProperties(call, {
    [target]: { value: reference },
    [Symbol.dispose]: { value: () => reference.dispose() },
  });
}
