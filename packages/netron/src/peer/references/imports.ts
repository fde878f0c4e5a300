/**
 * Functions and service objects of the other end that were sent here by reference: callable, and let go of by `using`,
 * with the call they came with, by garbage collection, or with the connection.
 */
import { NetronError } from '../../errors/netron-error.js';
import type { CallPeer } from '../../middleware/call.js';
import type { MemberInfo } from '../../middleware/member.js';
import type { CallOptions } from '../../service/call/options.js';
import { createProxy, type ProxyTarget, target } from '../../service/call/proxy.js';
import { membersOf } from '../../service/call/remote-members.js';
import type { ServiceDefinition } from '../../service/definition.js';
import { LazyMap } from '../../util/lazy-map.js';
import { writeRelease } from '../../wire/packets.js';
import type { CallSender } from '../calls/call-sender.js';
import { Callee } from '../calls/callee.js';
import type { Send } from '../calls/outgoing-call.js';
import type { OutgoingChain } from '../calls/outgoing-chain.js';
import { type CallPromises, promiseOfPeer, rejected } from '../calls/promises.js';
import type { Subscriptions } from '../events/outgoing-subscriptions.js';
import type { Outbox } from '../link/outbox.js';
import type { NodeBasis } from '../node-role.js';
import type { HeldReference } from './held-reference.js';

/** Members of the link that imports and their references use. */
export interface ImportingLink {
  readonly node: Pick<NodeBasis, 'clock' | 'definitions' | 'limits' | 'scheduler'> & {
    readonly parts: { readonly promises: CallPromises; readonly streams: { answer(opened: Promise<unknown>): object } };
  };
  readonly owner: CallPeer & { readonly outgoingChain: OutgoingChain | undefined };
  readonly outbox: Pick<Outbox, 'packet' | 'behind'>;
  readonly calls: CallSender;
  readonly subscriptions: Pick<Subscriptions, 'subscribe'>;
  readonly imports: Pick<Imports, 'release' | 'releaseChildren'>;
  /** Whether the connection is in use. */
  readonly open: boolean;
  reportError(error: unknown): void;
}

/** Reference of the program to one handle, with the number of times the other end has sent it. */
export class Reference implements ProxyTarget {
  readonly definition: ServiceDefinition;
  readonly handle: number;
  readonly link: ImportingLink;
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
  /** Handles of the objects whose calls have returned it. */
  parents: Set<number> | undefined = undefined;
  /** It was handed on to so many, */
  #pins = 0;
  /** and so often it is given back when none of them holds it any more. */
  #owed = 0;

  constructor(link: ImportingLink, handle: number, definition: ServiceDefinition) {
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

const functionDefinition: ServiceDefinition = Object.freeze({
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

/** Watches for the collection of the program's object. */
function watch(reference: Reference, shown: object): void {
  if (reference.finalizer !== undefined || !reference.link.node.scheduler.collects) return;
  reference.finalizer = { reference };
  collected.register(shown, reference.finalizer, reference.finalizer);
}

function unwatch({ finalizer }: Reference): void {
  if (finalizer === undefined) return;
  collected.unregister(finalizer);
  finalizer.reference = undefined;
}

/** Services of one hello that are looked at. */
const mostAdvertised = 1_024;

export class Imports {
  readonly #link: ImportingLink;
  readonly #known = new LazyMap<number, { readonly reference: Reference; readonly shown: WeakRef<object> }>();
  /** Handles up to this one have come with hello, and do not count. */
  readonly #lastFree: number;
  /** How many of them are held. */
  #free = 0;
  /** References that calls of an object have returned, and how often, by its handle: they end with it, unless they are kept. */
  readonly #children = new LazyMap<number, Map<Reference, number>>();
  /** Services announced in the other end's hello, by `name@version`. */
  readonly #advertised = new LazyMap<string, { readonly handle: number; readonly definition: ServiceDefinition }>();

  /** @param offers definitions as they were written; what is none is left out */
  constructor(link: ImportingLink, advertised: readonly unknown[] = []) {
    this.#link = link;
    this.#lastFree = Math.min(advertised.length, mostAdvertised);
    for (const [number, body] of advertised.slice(0, mostAdvertised).entries()) this.#read(body, number + 1);
  }

  /**
   * A service that hello has brought, as if it had been sent; `undefined` when it has to be asked for. Whoever takes it holds it
   * until it is released or the connection ends.
   */
  advertised(id: string): object | undefined {
    const found = this.#advertised.get(id);
    if (found === undefined || !this.#link.open) return undefined;
    const { handle, definition } = found;
    const held = this.#known.get(handle)?.reference.definition ?? definition;
    return held === definition ? this.#take(handle, definition).shown : undefined;
  }

  /** The other end has concealed it: what comes under that name is another. */
  withdraw(id: string): void {
    this.#advertised.delete(id);
  }

  /** References that this node holds, for monitoring. */
  list(): HeldReference[] {
    return [...this.#known.values()].map(({ reference: { handle, definition, since, count } }) => {
      return { handle, direction: 'in', owner: `${definition.name}@${definition.version}`, since, size: count };
    });
  }

  /** Handles held. */
  get size(): number {
    return this.#known.size;
  }

  /** Number of those that count toward the limit. */
  get counted(): number {
    return this.#known.size - this.#free;
  }

  /** Whether there is room for one more; when not, the other end gets `handle` back. */
  accepts(handle: number): boolean {
    if (this.counted < this.#link.node.limits.handles || this.#isFree(handle) || this.#known.has(handle)) return true;
    this.#link.outbox.packet(writeRelease, handle, 1);
    return false;
  }

  /**
   * Returns the program's object for a received handle; the same object while it is alive.
   *
   * @param definition absent for a function
   */
  take(handle: number, definition: ServiceDefinition | undefined): { reference: Reference; shown: object } {
    const taken = this.#take(handle, definition);
    watch(taken.reference, taken.shown);
    return taken;
  }

  #take(handle: number, definition: ServiceDefinition | undefined): { reference: Reference; shown: object } {
    const known = this.#known.get(handle);
    const alive = known?.shown.deref();
    if (known !== undefined && alive !== undefined) {
      known.reference.count += 1;
      return { reference: known.reference, shown: alive };
    }
    const reference = new Reference(this.#link, handle, definition ?? functionDefinition);
    // The collected one's count goes back when its finalizer runs; this one counts for itself.
    reference.count = 1;
    const shown = definition === undefined ? callable(reference) : createProxy(reference);
    if (known === undefined && this.#isFree(handle)) this.#free += 1;
    this.#known.set(handle, { reference, shown: new WeakRef(shown) });
    return { reference, shown };
  }

  /** A call on what has handle `parent` has returned `reference`. */
  adopt(parent: number, reference: Reference): void {
    if (parent === 0 || parent === reference.handle) return;
    let children = this.#children.get(parent);
    if (children === undefined) {
      children = new Map();
      this.#children.set(parent, children);
    }
    children.set(reference, (children.get(reference) ?? 0) + 1);
    reference.parents ??= new Set();
    reference.parents.add(parent);
  }

  /** The program has let go of an object: what it has got from it goes with it, but for what it keeps. */
  releaseChildren({ handle }: Reference): void {
    const children = this.#children.get(handle);
    if (children === undefined) return;
    this.#children.delete(handle);
    for (const [child, count] of children) {
      child.parents?.delete(handle);
      if (child.kept) continue;
      child.giveBack(count);
      if (child.count <= 0) this.releaseChildren(child);
    }
  }

  /** Gives `count` of the times `reference` was received back to the other end. */
  release(reference: Reference, count: number): void {
    const given = Math.min(count, reference.count);
    if (given <= 0) return;
    reference.count -= given;
    if (reference.count === 0) {
      unwatch(reference);
      this.#disown(reference);
      if (this.#known.get(reference.handle)?.reference === reference) {
        this.#known.delete(reference.handle);
        if (this.#isFree(reference.handle)) this.#free -= 1;
      }
    }
    const { outbox } = this.#link;
    // Calls on it may still be leaving in parts.
    outbox.behind(() => outbox.packet(writeRelease, reference.handle, given));
  }

  /** Nothing is left of it for its parents to release. */
  #disown(reference: Reference): void {
    if (reference.parents === undefined) return;
    for (const parent of reference.parents) {
      const children = this.#children.get(parent);
      children?.delete(reference);
      if (children?.size === 0) this.#children.delete(parent);
    }
  }

  #isFree(handle: number): boolean {
    return handle > 0 && handle <= this.#lastFree;
  }

  #read(body: unknown, handle: number): void {
    if (!Array.isArray(body)) return;
    const [name, version, members] = body as unknown[];
    try {
      this.#advertised.set(`${name}@${version}`, {
        handle,
        definition: this.#link.node.definitions.read(name, version, members),
      });
    } catch {
      // It can be asked for, and the answer is looked at again.
    }
  }

  /** The link has ended: nothing can be called any more. */
  close(): void {
    for (const { reference } of this.#known.values()) unwatch(reference);
    this.#known.clear();
    this.#children.clear();
    this.#free = 0;
  }
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

function callable(reference: Reference): object {
  const call = (...args: unknown[]): Promise<unknown> => reference.invoke(0, args, undefined);
  return Object.defineProperties(call, {
    [target]: { value: reference },
    [Symbol.dispose]: { value: () => reference.dispose() },
  });
}
