import type { Link } from 'alien-signals/system';
import { AetherError } from './error.js';
import {
  active,
  checkDirty,
  Dirty,
  dropAll,
  dropUnread,
  endBatch,
  Mutable,
  Pending,
  Running,
  type Source,
  shallowPropagate,
  startBatch,
  track,
} from './graph.js';
import { activeScope, type Owner, Scope } from './owner.js';
import { type Equals, node, peek, type Signal, type SignalOptions, same } from './signal.js';

/** Reads of computeds that were under way. A computed that failed because of one is not cached. */
let cycles = 0;

/** The node of a computed. It keeps what its function returned or threw until a dependency changes. */
export class ComputedNode<T> extends Scope implements Source {
  deps: Link | undefined = undefined;
  depsTail: Link | undefined = undefined;
  subs: Link | undefined = undefined;
  subsTail: Link | undefined = undefined;
  value: unknown = undefined;
  failed = false;
  override flags = Mutable | Dirty;
  private readonly outside: Scope['context'];

  constructor(
    private readonly compute: (before: T | undefined) => T,
    private readonly equals: Equals<T> | undefined,
    readonly name: string | undefined,
  ) {
    super(activeScope());
    this.outside = this.context;
  }

  read(): T {
    this.settle();
    // What has read nothing stays as it is.
    if (this.deps !== undefined || this.flags & Dirty) track(this);
    if (this.failed) throw this.value;
    return this.value as T;
  }

  peek(): T {
    const { tracker } = active;
    active.tracker = undefined;
    try {
      return this.read();
    } finally {
      active.tracker = tracker;
    }
  }

  /** Runs the function. A dependency has changed, or nobody has asked before. */
  refresh(): boolean {
    const { tracker, owner } = active;
    const { value: before, failed } = this;
    const cyclesBefore = cycles;
    this.restart();
    active.tracker = this;
    active.owner = this as unknown as Owner;
    active.run++;
    try {
      this.value = this.compute(failed ? undefined : (before as T | undefined));
      this.failed = false;
      return failed || !same(this.equals, before as T, this.value as T);
    } catch (error) {
      this.value = error;
      this.failed = true;
      return !failed || error !== before;
    } finally {
      active.tracker = tracker;
      active.owner = owner;
      this.flags &= ~Running;
      dropUnread(this);
      if (this.failed && cycles !== cyclesBefore) this.flags |= Dirty;
    }
  }

  unwatched(): void {
    if (this.flags & Running) return;
    this.flags = Mutable | Dirty;
    dropAll(this);
    this.empty();
  }

  /** Ends with the owner: what follows this computed still may read it, but nothing keeps it any longer. */
  override end(): void {
    this.parent = this.previous = this.following = undefined;
    if (this.subs === undefined) this.unwatched();
  }

  private restart(): void {
    this.empty();
    this.context = this.outside;
    this.depsTail = undefined;
    this.flags = Mutable | Running;
  }

  private settle(): void {
    const { flags } = this;
    if (flags & Running) {
      cycles++;
      throw new AetherError('cycle', `computed ${this.name ?? (this.compute.name || '(unnamed)')} reads itself`);
    }
    if (!(flags & (Dirty | Pending))) return;
    // Effects of what the function writes wait until all that depends on this computed has been marked.
    startBatch();
    try {
      if ((flags & Dirty || this.dependenciesChanged()) && this.refresh() && this.subs !== undefined) shallowPropagate(this.subs);
    } finally {
      endBatch();
    }
  }

  private dependenciesChanged(): boolean {
    if (checkDirty(this.deps as Link, this)) return true;
    this.flags &= ~Pending;
    return false;
  }
}

function read<T>(this: ComputedNode<T>): T {
  return this.read();
}

/**
 * Creates a value derived from others. It is computed when somebody reads it and kept until one of its dependencies changes;
 * what its function throws is kept, too, and thrown to every reader. `compute` gets its result of the time before.
 *
 * @throws AetherError `cycle` when it is read by its own function, directly or through others
 */
export function computed<T>(compute: (before: T | undefined) => T, options?: SignalOptions<T>): Signal<T> {
  const of = new ComputedNode(compute, options?.equals, options?.name);
  const handle = read.bind(of as ComputedNode<unknown>) as Signal<T> & { [node]: ComputedNode<T> };
  handle[node] = of;
  handle.peek = peek as Signal<T>['peek'];
  return handle;
}
