/**
 * Functions and service objects that the other end has sent by reference: creates the objects for the program, and releases them by
 * `using`, with the call that brought them, by garbage collection, or with the connection.
 */
import { createProxy } from '../../service/call/proxy.js';
import type { ServiceDefinition } from '../../service/definition.js';
import { LazyMap } from '../../util/lazy-map.js';
import { writeRelease } from '../../wire/packets.js';
import type { Outbox } from '../link/outbox.js';
import type { NodeBasis } from '../node-role.js';
import type { HeldReference } from './held-reference.js';
import { callable, functionDefinition, Reference, type ReferenceLink, type ReferenceTable, unwatch, watch } from './reference.js';

/** The members of the link that imports and their references use. */
export interface ImportingLink extends ReferenceLink {
  readonly node: ReferenceLink['node'] & Pick<NodeBasis, 'definitions' | 'limits'>;
  readonly outbox: Pick<Outbox, 'packet' | 'behind'>;
  /** Whether the connection is in use. */
  readonly open: boolean;
}

/** Most services of one hello that are read. */
const maxAdvertised = 1_024;

export class Imports implements ReferenceTable {
  readonly #link: ImportingLink;
  readonly #known = new LazyMap<number, { readonly reference: Reference; readonly shown: WeakRef<object> }>();
  /** Handles up to this one were announced in the hello and do not count. */
  readonly #lastFree: number;
  /** Number of these that are held. */
  #free = 0;
  /** Services announced in the other end's hello, by `name@version`. */
  readonly #advertised = new LazyMap<string, { readonly handle: number; readonly definition: ServiceDefinition }>();

  /** @param advertised definitions in written form; invalid ones are skipped */
  constructor(link: ImportingLink, advertised: readonly unknown[] = []) {
    this.#link = link;
    this.#lastFree = Math.min(advertised.length, maxAdvertised);
    for (const [number, body] of advertised.slice(0, maxAdvertised).entries()) this.#read(body, number + 1);
  }

  /**
   * Returns a service announced in the hello, as if it had been sent; `undefined` when it must be looked up. It is held until it is
   * released or the connection ends.
   */
  advertised(id: string): object | undefined {
    const found = this.#advertised.get(id);
    if (found === undefined || !this.#link.open) return undefined;
    const { handle, definition } = found;
    const held = this.#known.get(handle)?.reference.definition ?? definition;
    return held === definition ? this.#take(handle, definition).shown : undefined;
  }

  /** Forgets an announced service that the other end has concealed: a later one of that name is another service. */
  withdraw(id: string): void {
    this.#advertised.delete(id);
  }

  /** Lists the references that this node holds, for monitoring. */
  list(): HeldReference[] {
    return [...this.#known.values()].map(({ reference: { handle, definition, since, count } }) => {
      return { handle, direction: 'in', owner: `${definition.name}@${definition.version}`, since, size: count };
    });
  }

  /** Number of handles held. */
  get size(): number {
    return this.#known.size;
  }

  /** Number of those that count toward the limit. */
  get counted(): number {
    return this.#known.size - this.#free;
  }

  /** Whether there is room for one more; when not, `handle` is returned to the other end. */
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
    // The count of the collected object is released by its finalizer; this one counts for itself.
    reference.count = 1;
    const shown = definition === undefined ? callable(reference) : createProxy(reference);
    if (known === undefined && this.#isFree(handle)) this.#free += 1;
    this.#known.set(handle, { reference, shown: new WeakRef(shown) });
    return { reference, shown };
  }

  /** Ties `child`, the result of a call on `parent`, to it. When the parent is gone already, the child stays with the program. */
  adopt(parent: Reference, child: Reference): void {
    // Not by handle: a released handle may be reused.
    if (parent.gone || parent === child) return;
    parent.children ??= new Map();
    parent.children.set(child, (parent.children.get(child) ?? 0) + 1);
    child.parents ??= new Set();
    child.parents.add(parent);
  }

  /** Releases the references that the program has obtained from a released object, except for those it keeps. */
  releaseChildren(parent: Reference): void {
    const released = [parent];
    // A loop, since the chain of children may be thousands deep.
    for (const each of released) {
      const { children } = each;
      each.children = undefined;
      for (const [child, count] of children ?? []) {
        child.parents?.delete(each);
        if (child.kept) continue;
        child.giveBack(count);
        if (child.gone) released.push(child);
      }
    }
  }

  /** Releases `count` of the times that `reference` was received. */
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
    // Calls on it may still be in the process of being sent in parts.
    outbox.behind(() => outbox.packet(writeRelease, reference.handle, given));
  }

  /** Removes it from its parents, which have nothing left to release. */
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
      // The service can be looked up: its answer is validated again.
    }
  }

  /** Invalidates all references: the link has ended. */
  close(): void {
    for (const { reference } of this.#known.values()) {
      unwatch(reference);
      // A reference that the program still holds must not retain the others.
      reference.children = undefined;
      reference.parents = undefined;
    }
    this.#known.clear();
    this.#free = 0;
  }
}
