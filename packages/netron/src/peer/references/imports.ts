/**
 * Functions and service objects of the other end that were sent here by reference: receives their handles, returns the program's
 * objects for them, and gives back what is let go of by `using`, with the call it came with, by garbage collection, or with the
 * connection.
 */
import { createProxy } from '../../service/call/proxy.js';
import type { ServiceDefinition } from '../../service/definition.js';
import { LazyMap } from '../../util/lazy-map.js';
import { writeRelease } from '../../wire/packets.js';
import type { Outbox } from '../link/outbox.js';
import type { NodeBasis } from '../node-role.js';
import type { HeldReference } from './held-reference.js';
import { callable, functionDefinition, Reference, type ReferenceLink, type ReferenceTable, unwatch, watch } from './reference.js';

/** Members of the link that imports and their references use. */
export interface ImportingLink extends ReferenceLink {
  readonly node: ReferenceLink['node'] & Pick<NodeBasis, 'definitions' | 'limits'>;
  readonly outbox: Pick<Outbox, 'packet' | 'behind'>;
  /** Whether the connection is in use. */
  readonly open: boolean;
}

/** Services of one hello that are looked at. */
const mostAdvertised = 1_024;

export class Imports implements ReferenceTable {
  readonly #link: ImportingLink;
  readonly #known = new LazyMap<number, { readonly reference: Reference; readonly shown: WeakRef<object> }>();
  /** Handles up to this one have come with hello, and do not count. */
  readonly #lastFree: number;
  /** How many of them are held. */
  #free = 0;
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

  /** A call on what has this handle has returned `child`, which stays with the program when that is gone already. */
  adopt(handle: number, child: Reference): void {
    const parent = this.#known.get(handle)?.reference;
    if (parent === undefined || parent === child) return;
    // Not by the handle: given back, it may mean something else.
    parent.children ??= new Map();
    parent.children.set(child, (parent.children.get(child) ?? 0) + 1);
    child.parents ??= new Set();
    child.parents.add(parent);
  }

  /** The program has let go of an object: what it has got from it goes with it, but for what it keeps. */
  releaseChildren(parent: Reference): void {
    const released = [parent];
    // One may lead to the next, thousands deep.
    for (const each of released) {
      const { children } = each;
      each.children = undefined;
      for (const [child, count] of children ?? []) {
        child.parents?.delete(each);
        if (child.kept) continue;
        child.giveBack(count);
        if (child.count <= 0) released.push(child);
      }
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
    for (const parent of reference.parents ?? []) parent.children?.delete(reference);
    reference.parents = undefined;
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
    for (const { reference } of this.#known.values()) {
      unwatch(reference);
      // One that the program still has must not hold all the others.
      reference.children = undefined;
      reference.parents = undefined;
    }
    this.#known.clear();
    this.#free = 0;
  }
}
